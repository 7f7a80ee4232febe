import type { Logger } from "@tollgate/telemetry";
import type { Session } from "../usage-store/database.ts";

/** Behind is a source that has recorded events which are not counted. */
export interface Behind {
  readonly source: string;
  /** Up to where its events are counted, and up to where it says it has recorded some. */
  readonly countedSeq: number;
  readonly recordedSeq: number;
}

/** sourcesBehind are the sources that have recorded more than is counted of them. */
export async function sourcesBehind(session: Session): Promise<readonly Behind[]> {
  const rows = await session.query(
    "SELECT source, last_seq, recorded_seq FROM usage_sources WHERE recorded_seq > last_seq AND closed = 0",
  );
  return rows.map((row) => ({
    source: String(row["source"]),
    countedSeq: Number(row["last_seq"]),
    recordedSeq: Number(row["recorded_seq"]),
  }));
}

/** Unsettled is a source whose events wait to be counted, and for how long those do that wait longest. */
export interface Unsettled extends Behind {
  readonly seconds: number;
}

interface Awaited {
  /** All events up to this one were recorded at this time. */
  readonly recordedSeq: number;
  readonly sinceMs: number;
  isLate: boolean;
}

/** Usage is counted within seconds: what waits so long will not be charged unless somebody acts. */
const LATE_SECONDS = 60;

/** Waiting is what waits to be counted at one time. */
export interface Waiting {
  /** The source that waits longest; undefined: nothing waits. */
  readonly longest: Unsettled | undefined;
  /** The sources that have waited for more than a minute now, and had not before: one that never ends must not hide others. */
  readonly newlyLate: readonly Unsettled[];
}

/**
 * UnsettledWatch measures how long usage that was recorded waits to be counted. It remembers, for each source that is behind, what it had
 * recorded when it was first seen behind: once that is counted, what came later is awaited from when it was seen.
 */
export class UnsettledWatch {
  readonly #awaited = new Map<string, Awaited>();

  /** seen takes the sources that are behind now. */
  seen(behind: readonly Behind[], nowMs: number): Waiting {
    const present = new Set(behind.map(({ source }) => source));
    for (const source of this.#awaited.keys()) if (!present.has(source)) this.#awaited.delete(source);
    let longest: Unsettled | undefined;
    const newlyLate: Unsettled[] = [];
    for (const one of behind) {
      const known = this.#awaited.get(one.source);
      const awaited =
        known && one.countedSeq < known.recordedSeq
          ? known
          : { recordedSeq: one.recordedSeq, sinceMs: nowMs, isLate: false };
      this.#awaited.set(one.source, awaited);
      const unsettled = { ...one, seconds: (nowMs - awaited.sinceMs) / 1_000 };
      if (!longest || unsettled.seconds > longest.seconds) longest = unsettled;
      if (unsettled.seconds > LATE_SECONDS && !awaited.isLate) newlyLate.push(unsettled);
      awaited.isLate = unsettled.seconds > LATE_SECONDS;
    }
    return { longest, newlyLate };
  }
}

const LOOK_EVERY_MS = 10_000;

/** SettlementWatch is how long usage waits to be counted, looked at again and again until it is disposed. */
export interface SettlementWatch extends Disposable {
  /** How long recorded usage has waited; 0: none waits. */
  readonly seconds: number;
}

/** watchSettlement logs an error once usage of a source waits for a minute, and once more after it had been counted. A database that is away is skipped. */
export function watchSettlement(database: Session, logger: Logger): SettlementWatch {
  const watch = new UnsettledWatch();
  let seconds = 0;
  const look = async () => {
    const { longest, newlyLate } = watch.seen(await sourcesBehind(database), performance.now());
    seconds = longest?.seconds ?? 0;
    if (newlyLate.length > 0)
      logger.error(
        { ...newlyLate[0], sources: newlyLate.length },
        "usage that was recorded is not counted for a minute",
      );
  };
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS).unref();
  return {
    get seconds() {
      return seconds;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
