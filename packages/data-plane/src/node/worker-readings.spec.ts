import { describe, expect, it } from "vitest";
import { type MetricReading, metricNames } from "@tollgate/telemetry";
import { WorkerReadings } from "./worker-readings.ts";

const reading = (kind: MetricReading["kind"], value: number, stage = "prod"): MetricReading => ({
  name: metricNames.count,
  kind,
  unit: "{call}",
  attributes: { stage },
  value,
  ...(kind === "histogram" ? { histogram: { boundaries: [1], counts: [value, 1] } } : {}),
});
const values = (readings: WorkerReadings) => readings.sums().map(({ value }) => value);

describe("the metrics of a node's workers", () => {
  it("are summed by name and attributes", () => {
    const readings = new WorkerReadings();
    readings.heard("a", [reading("counter", 3), reading("counter", 1, "dev")]);
    readings.heard("b", [reading("counter", 4)]);
    expect(values(readings)).toEqual([7, 1]);
  });

  it("keep what was heard last of a worker that does not respond", () => {
    const readings = new WorkerReadings();
    readings.heard("a", [reading("counter", 3)]);
    readings.heard("b", [reading("counter", 4)]);
    readings.heard("b", [reading("counter", 6)]);
    expect(values(readings)).toEqual([9]);
  });

  it("never fall when workers end, one after another", () => {
    const readings = new WorkerReadings();
    readings.heard("a", [reading("counter", 3)]);
    readings.ended("a");
    readings.heard("b", [reading("counter", 2)]);
    readings.ended("b");
    readings.heard("c", [reading("counter", 1)]);
    expect(values(readings)).toEqual([6]);
    readings.ended("never heard");
    expect(values(readings)).toEqual([6]);
  });

  it("keep the buckets of an ended worker's histograms, and nothing of its gauges", () => {
    const readings = new WorkerReadings();
    readings.heard("a", [reading("histogram", 5), reading("gauge", 8, "dev")]);
    readings.ended("a");
    readings.heard("b", [reading("histogram", 2)]);
    const [histogram, ...others] = readings.sums();
    expect(histogram).toMatchObject({ value: 7, histogram: { boundaries: [1], counts: [7, 2] } });
    expect(others).toEqual([]);
  });
});
