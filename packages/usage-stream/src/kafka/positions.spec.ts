import { expect, it, vi } from "vitest";
import type { Logger } from "@tollgate/telemetry";
import { checkPositions, type Positions } from "./positions.ts";

const ends =
  (...highs: readonly number[]) =>
  async () =>
    highs.map((high, partition) => ({ partition, high: String(high) }));
function positionsOf(...nexts: readonly number[]) {
  const restart = vi.fn<Positions["restart"]>(async () => undefined);
  const positions: Positions = {
    nextOffset: async (_topic, partition) => nexts[partition] ?? 0,
    partitionsOf: async () => nexts.length,
    restart,
  };
  return { positions, restart };
}
const logger = { error: () => undefined } as unknown as Logger;

it("a topic that got more partitions is read on", async () => {
  const { positions, restart } = positionsOf(7, 8);
  await checkPositions("usage", ends(7, 9, 3), positions, logger);
  expect(restart).not.toHaveBeenCalled();
});

it("a topic with fewer partitions is not the one that was counted", async () => {
  const { positions } = positionsOf(7, 8, 0);
  await expect(checkPositions("usage", ends(7, 8), positions, logger)).rejects.toThrow(
    /usage has 2 partitions, but 3 were counted .*TOLLGATE_USAGE_TOPIC/,
  );
});

it("a partition that ends before its position is read from its start", async () => {
  const { positions, restart } = positionsOf(7, 8);
  await checkPositions("usage", ends(7, 7), positions, logger);
  expect(restart.mock.calls).toEqual([["usage", 1]]);
});

it("a partition that another metering reads meanwhile is not taken for a new one", async () => {
  const { restart } = positionsOf();
  let next = 7;
  const positions: Positions = { nextOffset: async () => next, partitionsOf: async () => 1, restart };
  const readEnds = async () => {
    const high = String(next);
    next = 9;
    return [{ partition: 0, high }];
  };
  await checkPositions("usage", readEnds, positions, logger);
  expect(restart).not.toHaveBeenCalled();
});
