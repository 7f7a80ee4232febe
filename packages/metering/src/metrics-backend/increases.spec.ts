import { describe, expect, it } from "vitest";
import { increasesOf } from "./increases.ts";
import type { SeriesSamples } from "./query-api.ts";

const counter = (
  values: Readonly<Record<number, number>>,
  labels: Readonly<Record<string, string>> = {},
): SeriesSamples => ({
  labels: { __name__: "Count_total", instance: "a", ...labels },
  samples: Object.entries(values).map(([unixS, value]) => [Number(unixS), value] as const),
});

/** Sums by the beginnings of steps of a minute, from 120 on. */
const sums = (...series: readonly SeriesSamples[]) =>
  Object.fromEntries(
    [...increasesOf(series, { startUnixS: 120, stepS: 60 })].map(([unixS, grown]) => [
      unixS,
      grown.reduce((sum, { value }) => sum + value, 0),
    ]),
  );

describe("what counters counted in a step", () => {
  it.each<[string, readonly SeriesSamples[], Readonly<Record<number, number>>]>([
    ["is by how much they grew", [counter({ 60: 3, 120: 5, 180: 12, 240: 12, 300: 13 })], { 120: 7, 240: 1 }],
    ["is all of it, where they are seen for the first time", [counter({ 240: 4 })], { 180: 4 }],
    ["before the range is not part of it", [counter({ 60: 100, 180: 100 })], {}],
    [
      "is nothing until they are seen again, and then all since they were seen last",
      [counter({ 120: 5, 300: 9 })],
      { 240: 4 },
    ],
    ["is what they have, where they began again", [counter({ 120: 50, 180: 4, 240: 6 })], { 120: 4, 180: 2 }],
    [
      "adds up those of several processes, each by itself",
      [counter({ 120: 50, 180: 4 }), counter({ 120: 10, 180: 11 }, { instance: "b" })],
      { 120: 5 },
    ],
    [
      "is what all of a process have, where one of them shows that it began again",
      [counter({ 120: 50, 180: 4 }), counter({ 120: 1, 180: 2 }, { __name__: "_4XXError_total" })],
      { 120: 6 },
    ],
    ["is nothing of what is no number", [counter({ 120: 1, 180: Number.NaN, 240: 3 })], { 180: 2 }],
  ])("%s", (_, series, expected) => {
    expect(sums(...series)).toEqual(expected);
  });
});
