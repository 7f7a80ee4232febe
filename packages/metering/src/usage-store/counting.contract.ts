import fc from "fast-check";
import { expect, it } from "vitest";
import { UsagePeriod as Period } from "@tollgate/proto/usage";
import { queryUsage } from "../usage/query-usage.ts";
import { batchOf, HOUR, receivedAt, T0 } from "./batches.contract.ts";
import { type OpenDatabase, useStore } from "./storing.contract.ts";

/** What counts, and how often. */
export function describeCounting(open: OpenDatabase): void {
  const on = useStore(open);

  it("counts a batch once, however often and together with whatever it arrives", async () => {
    const one = batchOf("n/0/a", 1, [{}, {}]);
    const two = batchOf("n/0/a", 3, [{}]);
    const overlapping = batchOf("n/0/a", 2, [{}, {}, {}]);
    expect(await on.ingest([one, one, two])).toMatchObject({ counted: 3, repeated: 2 });
    expect(await on.ingest([one, two, overlapping])).toMatchObject({
      counted: 1,
      repeated: 5,
      missing: 0,
    });
    expect(await on.calls()).toBe(4);
  });

  it("counts equal sequence numbers of different sources separately", async () => {
    const sources = ["n/0/a", "n/1/a", "m/0/a", "n/0/b"];
    await on.ingest(sources.map((source) => batchOf(source, 1, [{}, {}])));
    await on.ingest(sources.map((source) => batchOf(source, 2, [{}, {}])));
    expect(await on.calls()).toBe(12);
  });

  it("counts a batch once if two consumers deliver it at the same time", async () => {
    const batches = Array.from({ length: 20 }, (_, i) => batchOf("n/0/a", i * 3 + 1, [{}, {}, {}]));
    await Promise.all([on.ingest(batches), on.ingest(batches), on.ingest(batches)]);
    expect(await on.calls()).toBe(60);
  });

  it("counts exactly what arrives, in whatever order", async () => {
    let tests = 0;
    const runs = fc.array(
      fc.record({ first: fc.integer({ min: 1, max: 20 }), count: fc.integer({ min: 1, max: 6 }) }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(runs, async (given) => {
        const source = `n/0/${++tests}`;
        const before = await on.calls();
        const arrived = new Set<number>();
        for (const { first, count } of given) {
          await on.ingest([
            batchOf(
              source,
              first,
              Array.from({ length: count }, () => ({})),
            ),
          ]);
          for (let i = 0; i < count; i++) arrived.add(first + i);
        }
        const missing = Array.from({ length: Math.max(...arrived) }, (_, i) => i + 1).filter(
          (seq) => !arrived.has(seq),
        );
        const known = (await on.gaps())
          .filter((gap) => gap["source"] === source)
          .flatMap((gap) => {
            const [first, last] = [Number(gap["first_seq"]), Number(gap["last_seq"])];
            return Array.from({ length: last - first + 1 }, (_, i) => first + i);
          });
        expect([(await on.calls()) - before, known.sort((a, b) => a - b)]).toEqual([arrived.size, missing]);
      }),
      { numRuns: 30 },
    );
  });

  it("does not count a damaged batch; its events are missing once later ones arrive", async () => {
    const damaged = batchOf("n/0/a", 1, [{}, {}]);
    damaged[damaged.length - 3] = (damaged.at(-3) ?? 0) ^ 1;
    expect(await on.ingest([damaged, Buffer.from("junk"), batchOf("n/0/b", 1, [{}])])).toMatchObject({
      counted: 1,
      damaged: 2,
    });
    expect(await on.ingest([batchOf("n/0/a", 3, [{}])])).toMatchObject({ missing: 2, damaged: 0 });
    expect(await on.calls()).toBe(2);
  });

  it("counts a batch that arrived damaged when it arrives again", async () => {
    const sound = batchOf("n/0/a", 1, [{}, {}]);
    await on.ingest([sound.subarray(0, sound.length - 1)]);
    expect(await on.ingest([sound])).toEqual({
      counted: 2,
      repeated: 0,
      missing: 0,
      damaged: 0,
      early: 0,
      late: 0,
      metrics: { refused: 0, expired: 0, damaged: 0 },
    });
  });

  it("counts batches of several partitions at once, whatever the order of their routes and sources is", async () => {
    const paths = Array.from({ length: 60 }, (_, i) => ({ path: `/${i}` }));
    const keys = Array.from({ length: 60 }, (_, i) => ({ usagePlanId: "plan", apiKeyId: `key${i}` }));
    const sources = ["n/0/a", "n/1/b", "n/2/c"];
    const events = [...paths, ...keys];
    const batchesOf = (partition: number) => {
      const isReversed = partition % 2 > 0;
      const inits = isReversed ? events.toReversed() : events;
      const named = isReversed ? sources.toReversed() : sources;
      return named.map((source) => batchOf(source, 1 + partition * events.length, inits));
    };
    const partitions = [0, 1, 2, 3];
    await Promise.all(
      partitions.map((partition) =>
        on.ingest(batchesOf(partition), { topic: "t", partition, nextOffset: sources.length }),
      ),
    );
    expect(await on.calls()).toBe(partitions.length * sources.length * events.length);
  });

  it("counts an event in the hour of its own time, and marks it if that is far from when it was received", async () => {
    const minutes = (count: number) => ({ atMs: T0 + count * 60_000 });
    const inits = [-61, -60, 0, 5, 6].map(minutes);
    expect(await on.ingest([batchOf("n/0/a", 1, inits)])).toMatchObject({ counted: 5, early: 1, late: 1 });
    await on.store.ingest(receivedAt([batchOf("n/0/b", 1, [minutes(0)])], T0 + 2 * HOUR));
    const { rows } = await queryUsage(
      on.database,
      {
        by: [],
        period: Period.HOUR,
        accountId: "",
        apiId: "",
        startTimeUnixMs: 0n,
        endTimeUnixMs: 0n,
      } as never,
      0,
    );
    expect(
      rows.map((row) => [
        (Number(row.periodStartUnixMs) - T0) / HOUR,
        Number(row.callCount),
        Number(row.earlyCount),
        Number(row.lateCount),
        (Number(row.lastReceivedTimeUnixMs) - T0) / HOUR,
      ]),
    ).toEqual([
      [-2, 1, 0, 1, 0],
      [-1, 1, 0, 0, 0],
      [0, 4, 1, 1, 2],
    ]);
  });
}
