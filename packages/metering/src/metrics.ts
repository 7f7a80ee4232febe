import type { LogStore } from "@tollgate/log-store";
import type { SweepReport, WriteReport } from "@tollgate/metric-store";
import { type MetricReading, metricNames, metricReading } from "@tollgate/telemetry";
import type { Receiver } from "@tollgate/usage-stream/kafka";
import { countDeliveries } from "./billing-events/deliveries.ts";
import type { Publishing } from "./publication/keep-published.ts";
import { countOpen } from "./reconcile/differences.ts";
import { readReconciliation } from "./reconcile/reconcile.ts";
import type { SettlementWatch } from "./usage/unsettled.ts";
import type { Database } from "./usage-store/database.ts";
import { missingEvents } from "./usage-store/missing.ts";
import { countSources } from "./usage-store/sources.ts";
import type { IngestReport } from "./usage-store/usage-store.ts";

export interface MeteringReadingsOptions {
  readonly database: Database;
  readonly silentBeforeUnixMs: () => number;
  readonly settlement: Pick<SettlementWatch, "seconds">;
  /** undefined: batches arrive within the process. */
  readonly receiver: () => Receiver | undefined;
  readonly publishing: () => readonly Publishing[];
  readonly logStore: () => Pick<LogStore, "sizeBytes" | "damaged" | "removedForSpace">;
}

type Counts = Omit<IngestReport, "metrics">;

const NOTHING: Counts = { counted: 0, repeated: 0, missing: 0, damaged: 0, early: 0, late: 0 };

/** MeteringReadings are the current values of metering's metrics. Those that cannot be read now, because a server is away, are left out. */
export class MeteringReadings {
  readonly #options: MeteringReadingsOptions;
  #sum = NOTHING;
  #samples: WriteReport = { refused: 0, expired: 0, damaged: 0 };
  #mergedEarly = 0;

  constructor(options: MeteringReadingsOptions) {
    this.#options = options;
  }

  /** counted adds what one ingestion did. */
  counted({ metrics, ...report }: IngestReport): void {
    const sum = this.#sum;
    this.#sum = {
      counted: sum.counted + report.counted,
      repeated: sum.repeated + report.repeated,
      missing: sum.missing + report.missing,
      damaged: sum.damaged + report.damaged,
      early: sum.early + report.early,
      late: sum.late + report.late,
    };
    this.wrote(metrics);
  }

  /** wrote adds what became of samples of metrics. */
  wrote({ refused, expired, damaged }: WriteReport): void {
    this.#samples = {
      refused: this.#samples.refused + refused,
      expired: this.#samples.expired + expired,
      damaged: this.#samples.damaged + damaged,
    };
  }

  /** swept adds what one sweep of the metric store did. */
  swept({ early, damaged }: SweepReport): void {
    this.#mergedEarly += early;
    this.wrote({ refused: 0, expired: 0, damaged });
  }

  async read(): Promise<readonly MetricReading[]> {
    const { counted, repeated, damaged, early, late } = this.#sum;
    const stored = await this.#readStore().catch(() => undefined);
    return [
      metricReading(metricNames.meteringCounted, "counter", "{event}", counted),
      metricReading(metricNames.meteringRepeated, "counter", "{event}", repeated),
      metricReading(metricNames.meteringDamaged, "counter", "{batch}", damaged),
      metricReading(metricNames.meteringEarly, "counter", "{event}", early),
      metricReading(metricNames.meteringLate, "counter", "{event}", late),
      metricReading(metricNames.meteringStoreConnected, "gauge", "", stored ? 1 : 0),
      ...(stored ?? []),
      ...(await this.#readLag()),
      ...(await this.#readPublishing()),
      ...this.#readLogs(),
      metricReading(metricNames.metricStoreRefused, "counter", "{sample}", this.#samples.refused),
      metricReading(metricNames.metricStoreExpired, "counter", "{sample}", this.#samples.expired),
      metricReading(metricNames.metricStoreDamaged, "counter", "{point}", this.#samples.damaged),
      metricReading(metricNames.metricStoreMerged, "counter", "{point}", this.#mergedEarly),
    ];
  }

  async #readStore(): Promise<readonly MetricReading[]> {
    const { database, silentBeforeUnixMs } = this.#options;
    const missing = await missingEvents(database, silentBeforeUnixMs());
    const sources = Object.entries(await countSources(database, silentBeforeUnixMs()));
    return [
      metricReading(metricNames.meteringMissing, "gauge", "{event}", missing),
      metricReading(metricNames.meteringUnsettled, "gauge", "s", this.#options.settlement.seconds),
      ...sources.map(([state, count]) =>
        metricReading(metricNames.meteringSources, "gauge", "{source}", count, { state }),
      ),
      metricReading(metricNames.meteringStoreSize, "gauge", "By", await database.sizeBytes()),
      ...(await this.#readDifferences()),
      ...(await this.#readDeliveries()),
    ];
  }

  async #readDeliveries(): Promise<readonly MetricReading[]> {
    const counts = Object.entries(await countDeliveries(this.#options.database));
    return counts.map(([state, count]) =>
      metricReading(metricNames.meteringDeliveries, "gauge", "{delivery}", count, { state }),
    );
  }

  /** Before the first comparison has ended its age is not known. */
  async #readDifferences(): Promise<readonly MetricReading[]> {
    const { database } = this.#options;
    const open = Object.entries(await countOpen(database));
    const { endedUnixMs } = await readReconciliation(database);
    const ageSeconds = Math.max(0, Date.now() - endedUnixMs) / 1_000;
    return [
      ...open.map(([kind, count]) =>
        metricReading(metricNames.meteringDifferences, "gauge", "{difference}", count, { kind }),
      ),
      ...(endedUnixMs === 0
        ? []
        : [metricReading(metricNames.meteringComparisonAge, "gauge", "s", ageSeconds)]),
    ];
  }

  async #readPublishing(): Promise<readonly MetricReading[]> {
    const each = this.#options.publishing().map(async (one) => {
      const waiting = await one.waitingSeconds().catch(() => undefined);
      const of = { topic: one.topic };
      return [
        metricReading(metricNames.meteringPublished, "counter", "{message}", one.published, of),
        ...(waiting === undefined
          ? []
          : [metricReading(metricNames.meteringPublishingLag, "gauge", "s", waiting, of)]),
      ];
    });
    return (await Promise.all(each)).flat();
  }

  #readLogs(): readonly MetricReading[] {
    const { sizeBytes, damaged, removedForSpace } = this.#options.logStore();
    return [
      metricReading(metricNames.logStoreSize, "gauge", "By", sizeBytes),
      metricReading(metricNames.logStoreDamaged, "gauge", "{block}", damaged),
      metricReading(metricNames.logStoreRemoved, "counter", "{segment}", removedForSpace),
    ];
  }

  async #readLag(): Promise<readonly MetricReading[]> {
    const lag = await this.#options
      .receiver()
      ?.lag()
      .catch(() => undefined);
    return [...(lag ?? [])].map(([partition, messages]) =>
      metricReading(metricNames.meteringLag, "gauge", "{message}", messages, {
        partition: String(partition),
      }),
    );
  }
}
