import { expect, it } from "vitest";
import { batchOf } from "./batches.contract.ts";
import { type OpenDatabase, useStore } from "./storing.contract.ts";

/** Where to continue in a topic. */
export function describePositions(open: OpenDatabase): void {
  const on = useStore(open);

  it("knows how many partitions of a topic were counted, and forgets where to continue in one", async () => {
    await on.ingest([], { topic: "many", partition: 4, nextOffset: 8 });
    expect([await on.store.partitionsOf("many"), await on.store.partitionsOf("other")]).toEqual([5, 0]);
    await on.store.restart("many", 4);
    expect(await on.store.nextOffset("many", 4)).toBe(0);
  });

  it("keeps sums and position in the topic together: both or none", async () => {
    await on.ingest([batchOf("n/0/a", 1, [{}])], { topic: "t", partition: 3, nextOffset: 8 });
    expect(await on.store.nextOffset("t", 3)).toBe(8);
    await expect(
      on.ingest([batchOf("n/0/a", 2, [{}])], { topic: null as never, partition: 3, nextOffset: 9 }),
    ).rejects.toThrow();
    expect(await on.store.nextOffset("t", 3)).toBe(8);
    expect(await on.calls()).toBe(1);
    await on.ingest([], { topic: "t", partition: 3, nextOffset: 5 });
    expect(await on.store.nextOffset("t", 3)).toBe(8);
    expect(await on.store.nextOffset("t", 4)).toBe(0);
  });
}
