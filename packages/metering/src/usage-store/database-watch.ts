import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import { type Database, DatabaseUnreachable, type Session } from "./database.ts";

const INTERVAL_MS = 1_000;
/** A database that takes longer for the smallest query cannot serve others. */
const RESPONSE_MAX_MS = 3_000;

export interface DatabaseWatchOptions {
  readonly database: Pick<Session, "query">;
  /** Called whenever it begins or ceases to respond. At first it is assumed to respond. */
  readonly onChange: (responds: boolean) => void;
  readonly logger: Logger;
  readonly intervalMs?: number;
  readonly responseMaxMs?: number;
}

export interface DatabaseWatch extends Disposable {
  /** Why the database cannot be used; undefined: it responds. */
  readonly outage: string | undefined;
}

/** watchDatabase asks a database again and again whether it responds, until it is disposed. */
export function watchDatabase({
  database,
  onChange,
  logger,
  intervalMs = INTERVAL_MS,
  responseMaxMs = RESPONSE_MAX_MS,
}: DatabaseWatchOptions): DatabaseWatch {
  const stopped = new AbortController();
  const { signal } = stopped;
  let responds = true;
  let outage: string | undefined;
  const report = (now: boolean, cause: string) => {
    if (signal.aborted) return;
    outage = now ? undefined : cause;
    if (now === responds) return;
    responds = now;
    if (now) logger.info("the usage database responds again");
    else logger.error({ cause }, "the usage database does not respond; usage waits in Kafka");
    onChange(now);
  };
  const askOnce = async () => {
    const late = setTimeout(() => report(false, `no response in ${responseMaxMs} ms`), responseMaxMs);
    try {
      await database.query("SELECT 1");
      report(true, "");
    } catch (error) {
      report(false, (error as Error).message);
    } finally {
      clearTimeout(late);
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      await askOnce();
      await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  };
  void run();
  return {
    get outage() {
      return outage;
    },
    [Symbol.dispose]: () => stopped.abort(),
  };
}

/** whenReachable repeats work until the database can be reached. Any other failure ends it. */
export async function whenReachable<T>(
  database: Database,
  work: (database: Database) => Promise<T>,
  { logger, intervalMs = INTERVAL_MS }: { readonly logger: Logger; readonly intervalMs?: number },
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(database);
    } catch (error) {
      if (!(error instanceof DatabaseUnreachable)) throw error;
      if (attempt === 0) logger.warn({ cause: error.message }, "metering waits for the usage database");
      await delay(intervalMs);
    }
  }
}
