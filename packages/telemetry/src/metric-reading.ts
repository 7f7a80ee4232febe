import type { Attributes } from "@opentelemetry/api";
import type { MetricName } from "./names.ts";

/** HistogramReading is how many values were counted between boundaries. */
export interface HistogramReading {
  /** Upper ends of all buckets but the last, which has none. */
  readonly boundaries: readonly number[];
  /** One more than there are boundaries. */
  readonly counts: readonly number[];
}

/** MetricReading is the current value of a metric for one set of attributes. */
export interface MetricReading {
  readonly name: MetricName;
  readonly kind: "counter" | "gauge" | "histogram";
  /** As UCUM writes it, such as By, ms or {call}. */
  readonly unit: string;
  readonly attributes: Attributes;
  /** Of a histogram: the sum of its values. */
  readonly value: number;
  /** Of a histogram only. */
  readonly histogram?: HistogramReading;
}

/** metricReading is a counter's or gauge's value. */
export const metricReading = (
  name: MetricName,
  kind: "counter" | "gauge",
  unit: string,
  value: number,
  attributes: Attributes = {},
): MetricReading => ({ name, kind, unit, attributes, value });

/** sumOfReadings is what two readings of one metric and one set of attributes are together. */
export const sumOfReadings = (one: MetricReading, other: MetricReading): MetricReading => ({
  ...one,
  value: one.value + other.value,
  ...(one.histogram && other.histogram
    ? {
        histogram: {
          boundaries: one.histogram.boundaries,
          counts: one.histogram.counts.map((count, i) => count + (other.histogram?.counts[i] ?? 0)),
        },
      }
    : {}),
});
