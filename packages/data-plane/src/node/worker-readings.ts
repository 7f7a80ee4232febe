import { type MetricReading, sumOfReadings } from "@tollgate/telemetry";

const keyOf = ({ name, attributes }: MetricReading): string => `${name} ${JSON.stringify(attributes)}`;

function add(sums: Map<string, MetricReading>, readings: Iterable<MetricReading>): void {
  for (const reading of readings) {
    const key = keyOf(reading);
    const known = sums.get(key);
    sums.set(key, known ? sumOfReadings(known, reading) : reading);
  }
}

/**
 * WorkerReadings sums the metrics of a node's workers. What a worker counted that has ended, or does not respond, stays in the sums: one that
 * falls would be taken for a restart of the node, and all of it would be counted again.
 */
export class WorkerReadings {
  /** The last readings of the workers that run. */
  readonly #last = new Map<string, readonly MetricReading[]>();
  /** Counters and histograms of those that have ended; what a gauge measured has ended with them. */
  readonly #ended = new Map<string, MetricReading>();

  heard(boot: string, readings: readonly MetricReading[]): void {
    this.#last.set(boot, readings);
  }

  ended(boot: string): void {
    const last = this.#last.get(boot) ?? [];
    this.#last.delete(boot);
    add(
      this.#ended,
      last.filter(({ kind }) => kind !== "gauge"),
    );
  }

  sums(): readonly MetricReading[] {
    const sums = new Map(this.#ended);
    for (const readings of this.#last.values()) add(sums, readings);
    return [...sums.values()];
  }
}
