import { expect, it } from "vitest";
import { batchOf, reportOf } from "./batches.contract.ts";
import { type OpenDatabase, useStore } from "./storing.contract.ts";

/** What is missing between events of a source that arrived. */
export function describeGaps(open: OpenDatabase): void {
  const on = useStore(open);

  it("records which sequence numbers of each source never arrived", async () => {
    await on.ingest([batchOf("n/0/a", 1, [{}])]);
    expect(await on.ingest([batchOf("n/0/a", 5, [{}])])).toMatchObject({ counted: 1, missing: 3 });
    expect(await on.ingest([batchOf("n/0/b", 3, [{}])])).toMatchObject({ counted: 1, missing: 2 });
    expect(await on.gaps()).toEqual([
      { source: "n/0/a", first_seq: 2, last_seq: 4 },
      { source: "n/0/b", first_seq: 1, last_seq: 2 },
    ]);
  });

  it("counts what arrives after later events, once, and leaves only the gaps of what never arrived", async () => {
    await on.ingest([batchOf("n/0/a", 1, [{}]), batchOf("n/0/a", 11, [{}])]);
    expect(await on.ingest([batchOf("n/0/a", 4, [{}, {}, {}])])).toMatchObject({ counted: 3, missing: 0 });
    expect(await on.gaps()).toEqual([
      { source: "n/0/a", first_seq: 2, last_seq: 3 },
      { source: "n/0/a", first_seq: 7, last_seq: 10 },
    ]);
    expect(
      await on.ingest([
        batchOf(
          "n/0/a",
          1,
          Array.from({ length: 9 }, () => ({})),
        ),
      ]),
    ).toMatchObject({
      counted: 5,
      repeated: 4,
    });
    expect(await on.gaps()).toEqual([{ source: "n/0/a", first_seq: 10, last_seq: 10 }]);
    // The end of a source too, whose last message may be in another partition.
    await on.ingest([reportOf("n/0/a", { recordedSeq: 13, settledSeq: 13, isClosed: true })]);
    await Promise.all([1, 2, 3].map(() => on.ingest([batchOf("n/0/a", 10, [{}, {}, {}, {}])])));
    expect([await on.calls(), await on.gaps()]).toEqual([13, []]);
  });

  it("finds no gap in a batch that overlaps counted events, and keeps a known gap when that batch arrives again", async () => {
    await on.ingest([batchOf("n/0/a", 3, [{}])]);
    expect(await on.ingest([batchOf("n/0/a", 3, [{}, {}])])).toMatchObject({ counted: 1, missing: 0 });
    expect(await on.ingest([batchOf("n/0/a", 3, [{}])])).toMatchObject({ repeated: 1, missing: 0 });
    expect(await on.gaps()).toEqual([{ source: "n/0/a", first_seq: 1, last_seq: 2 }]);
  });
}
