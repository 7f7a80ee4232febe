import type { FromWorker } from "./protocol.ts";

/** SendToNode sends a message to the supervisor; `left` is called once it has left this process, and so outlives it. */
export type SendToNode = (message: FromWorker, left?: () => void) => void;

/** sendToNode sends messages to the supervisor. A worker whose supervisor is gone, which a failed message may tell first, ends without a word. */
export function sendToNode(worker: Pick<NodeJS.Process, "send" | "exit">): SendToNode {
  const sent = (error: Error | null): void => {
    if (error) worker.exit(0);
  };
  return (message, left) =>
    void worker.send?.(
      message,
      undefined,
      undefined,
      left
        ? (error) => {
            sent(error);
            if (!error) left();
          }
        : sent,
    );
}
