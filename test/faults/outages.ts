import { PATIENCE } from "../kit/process.ts";

/** A call that a kill cut fails within this time, with its connection gone: a worker is replaced by then, on a busy machine too. */
const CUT_WINDOW_MS = 3_000 * PATIENCE;
/** The driver may see a call fail a little before it notes why. */
const EARLY_MS = 50;

/** Failure is a call that got no response. */
export interface Failure {
  readonly nodeId: string;
  readonly atMs: number;
  readonly error: Error;
}

/** Outages are the times in which calls to nodes fail because of what was done to them. */
export class Outages {
  readonly #outages: { readonly nodeId: string; readonly fromMs: number; toMs: number }[] = [];

  /** Calls to a node fail from now on because it was killed, until the returned function is called. */
  begin(nodeId: string): () => void {
    const outage = { nodeId, fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY };
    this.#outages.push(outage);
    return () => {
      outage.toMs = performance.now() + CUT_WINDOW_MS;
    };
  }

  /** Whether something that was done to a node explains that a call to it failed. */
  explain({ nodeId, atMs }: Failure): boolean {
    return this.#outages.some(
      (outage) => outage.nodeId === nodeId && atMs >= outage.fromMs - EARLY_MS && atMs <= outage.toMs,
    );
  }
}
