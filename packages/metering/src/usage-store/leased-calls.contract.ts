import { expect, it } from "vitest";
import { countLeasedCalls } from "../usage/count-leased-calls.ts";
import { batchOf, DAY, reportOf, T0 } from "./batches.contract.ts";
import { type OpenDatabase, useStore } from "./storing.contract.ts";

/** Calls of keys by source. */
export function describeLeasedCalls(open: OpenDatabase): void {
  const on = useStore(open);

  it("counts the calls of keys by source for nodes that lease quotas, when all of a source is there", async () => {
    const midnight = T0 - (T0 % DAY);
    const key = { accountId: "000000000000", usagePlanId: "plan", apiKeyId: "key" };
    const quota = {
      ...key,
      startTimeUnixMs: BigInt(midnight),
      endTimeUnixMs: BigInt(midnight + DAY),
    };
    const count = async (...sources: string[]) => {
      const quotas = [quota, { ...quota, apiKeyId: "other" }];
      const reply = await countLeasedCalls(on.database, { sources, quotas } as never);
      return reply.complete ? reply.callCounts.map(Number) : "incomplete";
    };
    const end = (source: string, recordedSeq: number) =>
      reportOf(source, { recordedSeq, settledSeq: recordedSeq, isClosed: true });
    const other = { ...key, apiKeyId: "other" };
    // A call that began at midnight takes 1.5 ms, and the time of its end has no fractions; the one before it began the day before.
    const edges = [
      { ...key, atMs: midnight + 1 },
      { ...key, atMs: midnight },
    ];
    const batch = batchOf("n/0/a", 1, [key, key, {}, other, ...edges], true);
    await on.ingest([batch, batch, batchOf("n/0/b", 1, [key], true), batchOf("n/0/plain", 1, [key])]);
    expect(await count("n/0/a")).toBe("incomplete");
    await on.ingest([end("n/0/a", 6), end("n/0/b", 1), end("n/0/plain", 1)]);
    expect([await count("n/0/a"), await count("n/0/a", "n/0/b"), await count("n/0/plain")]).toEqual([
      [3, 1],
      [4, 1],
      [0, 0],
    ]);
    await on.ingest([batchOf("n/0/gap", 2, [key], true), end("n/0/gap", 2)]);
    expect([await count("n/0/gap"), await count("n/0/nobody")]).toEqual(["incomplete", "incomplete"]);
    await expect(count()).rejects.toThrow("sources is empty");
    // A worker that was replaced early in a month is asked about when its node is killed at the end of it.
    on.nowMs += 31 * DAY;
    await on.ingest([batchOf("n/0/late", 1, [key], true)]);
    expect(await count("n/0/a")).toEqual([3, 1]);
    on.nowMs += 3 * DAY;
    await on.ingest([batchOf("n/0/later", 1, [key], true)]);
    expect(await count("n/0/a")).toEqual([0, 0]);
  });
}
