import type { WorkerBeat } from "../worker/protocol.ts";

/** How often silence is counted. */
export const TICK_MS = 1_000;
/** After so many ticks without a beat a worker is stalled: a busy machine, or a long compilation, takes less. */
export const STALLED_TICKS = 10;

/**
 * After so many beats in a row, which are 5 seconds, in which it took no call a worker refuses all of them. A burst that lasts for less must not take
 * a node out of its load balancer: the others would get its calls besides.
 */
export const SHEDDING_BEATS = 10;

/**
 * WorkerBeats is when a worker was last heard of, and what it said. Time counts only while the supervisor itself runs, so that a machine
 * that was suspended has no stalled worker.
 */
export class WorkerBeats {
  #silentTicks = 0;
  #sheddingBeats = 0;
  #last: Omit<WorkerBeat, "type"> = { outage: undefined, isShedding: false };

  heard(beat: WorkerBeat): void {
    this.#silentTicks = 0;
    this.#sheddingBeats = beat.isShedding ? this.#sheddingBeats + 1 : 0;
    this.#last = beat;
  }

  tick(): void {
    this.#silentTicks++;
  }

  get silentMs(): number {
    return this.#silentTicks * TICK_MS;
  }

  get isStalled(): boolean {
    return this.#silentTicks >= STALLED_TICKS;
  }

  /** Why it can record no call; undefined: it can. */
  get outage(): string | undefined {
    return this.#last.outage;
  }

  /** It refused every call of the last seconds, because it has no time or memory for them. */
  get isShedding(): boolean {
    return this.#sheddingBeats >= SHEDDING_BEATS;
  }
}
