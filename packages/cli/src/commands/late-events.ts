import type { StoredLogEvent } from "@tollgate/proto/logs";

/** Events arrive so long after their time at most, while nothing is broken: they wait in spools, and in the topic of a cluster. */
export const LATE_MS = 30_000;

/**
 * LateEvents tells events that were shown from those that arrived late, before others that were shown: each look reads the last seconds once
 * more. Only what can be read again is remembered.
 */
export class LateEvents {
  readonly #seen = new Map<string, number>();

  /** Where the next look begins. */
  startUnixMs(nowMs: number, sinceUnixMs: bigint): bigint {
    const from = BigInt(nowMs - LATE_MS);
    return from > sinceUnixMs ? from : sinceUnixMs;
  }

  /** Whether an event was not shown before. Of those that no later look can read nothing is remembered: a log may have millions. */
  isNew({ id, unixMs }: Pick<StoredLogEvent, "id" | "unixMs">, nowMs: number): boolean {
    if (this.#seen.has(id)) return false;
    if (Number(unixMs) >= nowMs - 2 * LATE_MS) this.#seen.set(id, Number(unixMs));
    return true;
  }

  /** forget removes what no later look can read. */
  forget(nowMs: number): void {
    for (const [id, unixMs] of this.#seen) if (unixMs < nowMs - 2 * LATE_MS) this.#seen.delete(id);
  }

  get size(): number {
    return this.#seen.size;
  }
}
