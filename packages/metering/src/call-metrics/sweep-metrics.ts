import { type MetricStore, type SweepReport, sweep } from "@tollgate/metric-store";
import type { Logger } from "@tollgate/telemetry";
import { repeat } from "../repeat.ts";
import type { Database } from "../usage-store/database.ts";

const EVERY_MS = 600_000;

export interface SweepingOptions {
  readonly database: Database;
  readonly store: MetricStore;
  readonly maxBytes: number;
  readonly logger: Logger;
  readonly onSwept: (report: SweepReport) => void;
}

/** keepMetricsSwept merges and removes old points now and then, until it is disposed. Each metering of a database does; one at a time. */
export const keepMetricsSwept = ({
  database,
  store,
  maxBytes,
  logger,
  onSwept,
}: SweepingOptions): AsyncDisposable =>
  repeat(
    async (isEnded) => {
      const report = await sweep((work) => database.exclusive(work), {
        nowUnixS: Math.floor(Date.now() / 1000),
        // What the whole database has is known without reading it.
        maxBytes: (await database.sizeBytes()) > maxBytes ? maxBytes : Number.POSITIVE_INFINITY,
        isEnded,
      });
      store.forget();
      onSwept(report);
      if (report.damaged > 0)
        logger.error(
          { points: report.damaged },
          "stored metrics are damaged: what can be read of them is kept",
        );
      if (report.early > 0)
        logger.warn(
          { points: report.early },
          "the metric store is full (TOLLGATE_METRIC_STORE_MB): its oldest minutes were merged early",
        );
    },
    { everyMs: EVERY_MS, failure: "old metrics could not be merged", logger },
  );
