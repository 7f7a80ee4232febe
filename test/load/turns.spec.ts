import { expect, it } from "vitest";
import { inTurns } from "./turns.ts";

it("each round measures every way once, after one that does not count", async () => {
  const order: string[] = [];
  const way = (name: string, first: number) => {
    let value = first;
    return async (seconds: number) => {
      order.push(`${name} ${seconds}`);
      return value++;
    };
  };
  const rounds = await inTurns(
    { a: way("a", 9), b: way("b", 4) },
    { seconds: 3, rounds: 2, warmUpSeconds: 1 },
  );
  expect(order).toEqual(["a 1", "b 1", "a 3", "b 3", "a 3", "b 3"]);
  expect(rounds.of("a")).toEqual([10, 11]);
  expect(rounds.ratio("a", "b")).toEqual([2, 11 / 6]);
  expect(rounds.medians("us", 0)).toEqual({ a_us: 11, b_us: 6 });
});

it("a way may give several values of one measurement", async () => {
  const rounds = await inTurns({ both: async () => ({ node: 6, worker: 3 }) }, { seconds: 1, rounds: 1 });
  expect(rounds.ratio("node", "worker")).toEqual([2]);
});

it("a name that was not measured is an error", async () => {
  const rounds = await inTurns({ a: async () => 1 }, { seconds: 1, rounds: 1 });
  expect(() => rounds.ratio("a", "b")).toThrow("nothing was measured by the name b");
});
