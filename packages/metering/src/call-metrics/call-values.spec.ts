import fc from "fast-check";
import { expect, it } from "vitest";
import { Distribution, type Metric } from "@tollgate/metric-store";
import { CallValues } from "./call-values.ts";

it("the values of calls are those that distributions of each metric have, in whatever order they come", () => {
  const known: readonly Metric[] = ["Count", "4XXError", "Latency"].map((name) => ({ name, unit: "Count" }));
  const value = fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: -5, max: 1_000 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...known), value)), (added) => {
      const values = new CallValues();
      const wanted = new Map<Metric, Distribution>();
      for (const [metric, one] of added) {
        values.add(metric, one);
        const distribution = wanted.get(metric) ?? new Distribution();
        distribution.add(one);
        wanted.set(metric, distribution);
      }
      expect(values.distributions()).toEqual([...wanted].map(([metric, all]) => ({ metric, values: all })));
    }),
  );
});
