import type { MetricStore } from "@tollgate/metric-store";
import type { Logger } from "@tollgate/telemetry";
import { repeat } from "../repeat.ts";
import type { Database } from "../usage-store/database.ts";
import { readOwnSamples } from "./own-samples.ts";

/** Alarms are evaluated by the minute. */
const EVERY_MS = 60_000;

export interface OwnMetricsOptions {
  readonly database: Database;
  readonly store: MetricStore;
  readonly silentBeforeUnixMs: () => number;
  readonly logger: Logger;
}

/**
 * keepOwnMetrics stores each minute what is wrong with metering itself, until it is disposed. Each metering of a database does: their samples are equal, so
 * that the Maximum of a minute is right however many there are.
 */
export const keepOwnMetrics = ({
  database,
  store,
  silentBeforeUnixMs,
  logger,
}: OwnMetricsOptions): AsyncDisposable =>
  repeat(
    () =>
      database.transaction(async (session) => {
        const now = { nowMs: Date.now(), silentBeforeUnixMs: silentBeforeUnixMs() };
        await store.write(session, await readOwnSamples(session, now));
      }),
    { everyMs: EVERY_MS, failure: "metrics of metering itself could not be stored", logger },
  );
