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
}

/**
 * UnsettledWatch measures how long usage that was recorded waits to be counted. It remembers, for each source that is behind, what it had
 * recorded when it was first seen behind: once that is counted, what came later is awaited from when it was seen.
 */
export class UnsettledWatch {
  readonly #awaited = new Map<string, Awaited>();

  /** seen takes the sources that are behind now, and returns the one that waits longest; undefined: nothing waits. */
  seen(behind: readonly Behind[], nowMs: number): Unsettled | undefined {
    const present = new Set(behind.map(({ source }) => source));
    for (const source of this.#awaited.keys()) if (!present.has(source)) this.#awaited.delete(source);
    let longest: Unsettled | undefined;
    for (const one of behind) {
      const known = this.#awaited.get(one.source);
      const awaited =
        known && one.countedSeq < known.recordedSeq
          ? known
          : { recordedSeq: one.recordedSeq, sinceMs: nowMs };
      this.#awaited.set(one.source, awaited);
      const seconds = (nowMs - awaited.sinceMs) / 1_000;
      if (!longest || seconds > longest.seconds) longest = { ...one, seconds };
    }
    return longest;
  }
}

const LOOK_EVERY_MS = 10_000;
/** Usage is counted within seconds: what waits so long will not be charged unless somebody acts. */
const ALARM_SECONDS = 60;

/** SettlementWatch is how long usage waits to be counted, looked at again and again until it is disposed. */
export interface SettlementWatch extends Disposable {
  /** How long recorded usage has waited; 0: none waits. */
  readonly seconds: number;
}

/** watchSettlement logs an error once usage waits for a minute, and once more after it had been counted. A database that is away is skipped. */
export function watchSettlement(database: Session, logger: Logger): SettlementWatch {
  const watch = new UnsettledWatch();
  let seconds = 0;
  let isAlarmed = false;
  const look = async () => {
    const longest = watch.seen(await sourcesBehind(database), performance.now());
    seconds = longest?.seconds ?? 0;
    const isLate = seconds > ALARM_SECONDS;
    if (isLate && !isAlarmed)
      logger.error({ ...longest }, "usage that was recorded is not counted for a minute");
    isAlarmed = isLate;
  };
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS).unref();
  return {
    get seconds() {
      return seconds;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
