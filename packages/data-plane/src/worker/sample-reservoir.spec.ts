import { describe, expect, it } from "vitest";
import { randomOf } from "@tollgate/pipeline/kit";
import { SampleReservoir } from "./sample-reservoir.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const reservoir = (options: Partial<ConstructorParameters<typeof SampleReservoir>[0]> = {}) =>
  new SampleReservoir<number>({
    perMinute: 10,
    keptMs: 3 * HOUR_MS,
    samplesMax: 1_000,
    slotsMax: 1_000,
    random: randomOf(1),
    ...options,
  });

describe("samples", () => {
  it("stand for all of their minute, each with the same chance", () => {
    const kept = reservoir();
    const counts = Array.from({ length: 100 }, () => 0);
    for (let minute = 0; minute < 180; minute++)
      for (let i = 0; i < 100; i++) kept.add("a", minute * MINUTE_MS, () => i);
    const { population, samples } = kept.between("a", 0, 3 * HOUR_MS);
    for (const { sample } of samples) counts[sample] = (counts[sample] ?? 0) + 1;
    expect([population, samples.length]).toEqual([18_000, 1_000]);
    expect(Math.max(...counts.slice(0, 50))).toBeLessThan(25);
    const ofHalf = counts.slice(0, 50).reduce((sum, n) => sum + n, 0);
    expect(Math.abs(ofHalf - 500)).toBeLessThan(80);
  });

  it("are of the minutes that are asked for, with how many each stands for", () => {
    const kept = reservoir();
    for (let i = 0; i < 50; i++) kept.add("a", i, () => i);
    for (let i = 0; i < 5; i++) kept.add("a", MINUTE_MS + i, () => 1_000 + i);
    kept.add("b", 0, () => 0);
    const { population, samples } = kept.between("a", MINUTE_MS, 2 * MINUTE_MS);
    expect([population, samples.length, samples[0]]).toEqual([5, 5, { sample: 1_000, weight: 1 }]);
    expect(kept.between("a", 0, 10).samples[0]?.weight).toBe(5);
    expect(kept.between("none", 0, 10)).toEqual({ population: 0, samples: [] });
  });

  it("are forgotten in time, and made for nothing where they are not chosen", () => {
    const kept = reservoir();
    let made = 0;
    for (let i = 0; i < 10_000; i++) kept.add("a", 0, () => ++made);
    expect(made).toBeLessThan(150);
    kept.add("a", 4 * HOUR_MS, () => 1);
    expect([kept.size, kept.between("a", 0, 5 * HOUR_MS).population]).toEqual([1, 1]);
  });

  it("never are more than the limit: the oldest give way, and are still counted", () => {
    const kept = reservoir({ samplesMax: 30 });
    for (let minute = 0; minute < 10; minute++)
      for (let i = 0; i < 10; i++) kept.add(`rule ${minute % 2}`, minute * MINUTE_MS, () => minute);
    expect(kept.size).toBe(30);
    const of = (series: string) => kept.between(series, 0, HOUR_MS);
    expect([of("rule 0").population, of("rule 1").population]).toEqual([50, 50]);
    expect(of("rule 1").samples.map(({ sample }) => sample)).toContain(9);
  });

  it("are kept of so many minutes and series at most", () => {
    const kept = reservoir({ slotsMax: 50 });
    for (let i = 0; i < 500; i++) kept.add(`rule ${i}`, 0, () => i);
    expect(kept.size).toBe(50);
    expect(kept.between("rule 499", 0, 0).population).toBe(1);
    expect(kept.between("rule 0", 0, 0).population).toBe(0);
  });

  it("a clock that is set back changes nothing that is over", () => {
    const kept = reservoir();
    kept.add("a", 10 * MINUTE_MS, () => 1);
    kept.add("a", 5 * MINUTE_MS, () => 2);
    expect(kept.between("a", 10 * MINUTE_MS, 10 * MINUTE_MS).population).toBe(2);
  });
});
