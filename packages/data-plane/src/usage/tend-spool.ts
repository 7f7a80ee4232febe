import type { Spool } from "./spool.ts";

const TELL_INTERVAL_MS = 200;
const SYNC_INTERVAL_MS = 1_000;

/**
 * tendSpool tells a worker's node how many events it has recorded, so that the node notices when its files do not contain them, and forces
 * them to the disk from time to time if the spool is to be. It never keeps the process running. The result tells at once.
 */
export function tendSpool(
  spool: Pick<Spool, "lastSeq" | "sync" | "policy">,
  tell: (lastSeq: number) => void,
  report: (error: Error) => void,
): () => void {
  let toldSeq = 0;
  const tellNow = () => {
    if (spool.lastSeq === toldSeq) return;
    toldSeq = spool.lastSeq;
    tell(toldSeq);
  };
  setInterval(tellNow, TELL_INTERVAL_MS).unref();
  if (spool.policy === "interval") setInterval(() => spool.sync(report), SYNC_INTERVAL_MS).unref();
  return tellNow;
}
