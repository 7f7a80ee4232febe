import type { Logger } from "@tollgate/telemetry";
import { repeat } from "../repeat.ts";
import type { Database } from "../usage-store/database.ts";
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
export const keepRetained = ({ database, retentionMonths, logger }: RetainingOptions): AsyncDisposable =>
  repeat(
    async () => {
      await makeMonths(database, Date.now());
      if (retentionMonths > 0) await dropUsage(database, retentionMonths, Date.now());
    },
    { everyMs: EVERY_MS, isAtOnce: true, failure: "old usage could not be dropped", logger },
  );
