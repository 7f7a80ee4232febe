import type { FromWorker } from "./protocol.ts";

/** sendToNode sends messages to the supervisor. A worker whose supervisor is gone, which a failed message may tell first, ends without a word. */
export function sendToNode(worker: Pick<NodeJS.Process, "send" | "exit">): (message: FromWorker) => void {
  const sent = (error: Error | null): void => {
    if (error) worker.exit(0);
  };
  return (message) => void worker.send?.(message, undefined, undefined, sent);
}
