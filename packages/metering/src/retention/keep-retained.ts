import type { Logger } from "@tollgate/telemetry";
import { type Database, DatabaseUnreachable } from "../usage-store/database.ts";
import { dropUsage } from "./drop-usage.ts";
import { makeMonths } from "./partitions.ts";

const EVERY_MS = 3_600_000;

export interface RetainingOptions {
  readonly database: Database;
  /** Whole months of usage that are kept besides this one; 0: all. */
  readonly retentionMonths: number;
  readonly logger: Logger;
}

/** keepRetained makes partitions ahead and drops old usage each hour, until it is disposed. A database that is away is tried again. */
export function keepRetained({ database, retentionMonths, logger }: RetainingOptions): AsyncDisposable {
  let running: Promise<void> = Promise.resolve();
  let isEnded = false;
  const run = async () => {
    if (isEnded) return;
    try {
      await makeMonths(database, Date.now());
      if (retentionMonths > 0) await dropUsage(database, retentionMonths, Date.now());
    } catch (error) {
      if (error instanceof DatabaseUnreachable) return;
      logger.error({ err: error }, "old usage could not be dropped");
    }
  };
  running = run();
  const timer = setInterval(() => (running = running.then(run)), EVERY_MS).unref();
  return {
    async [Symbol.asyncDispose]() {
      isEnded = true;
      clearInterval(timer);
      await running;
    },
  };
}
