import { expect, it } from "vitest";
import { SourceState as State } from "@tollgate/proto/usage";
import { listSources } from "../usage/list-sources.ts";
import { reportSources } from "../usage/report-sources.ts";
import { batchOf, DAY, HOUR, receivedAt, reportOf } from "./batches.contract.ts";
import { missingEvents } from "./missing.ts";
import { type OpenDatabase, useStore } from "./storing.contract.ts";

/** What is known of sources and their ends. */
export function describeSources(open: OpenDatabase): void {
  const on = useStore(open);

  const stateName = (state: State) => Object.entries(State).find(([, value]) => value === state)?.[0];
  const sources = async (incompleteOnly = false) =>
    (await listSources(on.database, { incompleteOnly }, on.nowMs - 60_000)).sources.map((row) => [
      row.source,
      stateName(row.state),
      Number(row.expectedEventCount),
      Number(row.countedEventCount),
      Number(row.missingEventCount),
    ]);
  const isAlive = { settledSeq: 0, isClosed: false };

  it("knows the end of a source, and what was lost of it: all, the end, or nothing", async () => {
    await on.ingest([
      batchOf("n/0/whole", 1, [{}, {}]),
      reportOf("n/0/whole", { recordedSeq: 2, settledSeq: 2, isClosed: true }),
      batchOf("n/0/end", 1, [{}, {}]),
      reportOf("n/0/end", { recordedSeq: 5, settledSeq: 5, isClosed: true }),
      reportOf("n/0/none", { recordedSeq: 4, settledSeq: 4, isClosed: true }),
    ]);
    expect(await sources()).toEqual([
      ["n/0/end", "CLOSED", 5, 2, 3],
      ["n/0/none", "CLOSED", 4, 0, 4],
      ["n/0/whole", "CLOSED", 2, 2, 0],
    ]);
    expect(await on.gaps()).toEqual([
      { source: "n/0/end", first_seq: 3, last_seq: 5 },
      { source: "n/0/none", first_seq: 1, last_seq: 4 },
    ]);
    expect((await sources(true)).map(([source]) => source)).toEqual(["n/0/end", "n/0/none"]);
  });

  it("reports what was lost while the source goes on, and counts an end once however often it arrives", async () => {
    const lost = reportOf("n/0/a", { recordedSeq: 6, settledSeq: 4, isClosed: false });
    expect(await on.ingest([batchOf("n/0/a", 1, [{}, {}]), lost, lost])).toMatchObject({
      counted: 2,
      missing: 2,
    });
    expect(await on.ingest([batchOf("n/0/a", 5, [{}, {}]), lost])).toMatchObject({ counted: 2, missing: 0 });
    const end = reportOf("n/0/a", { recordedSeq: 6, settledSeq: 6, isClosed: true });
    expect(await on.ingest([end, batchOf("n/0/a", 1, [{}, {}]), lost, end])).toMatchObject({
      missing: 0,
      repeated: 2,
    });
    expect(await sources()).toEqual([["n/0/a", "CLOSED", 6, 4, 2]]);
  });

  it("counts as missing what a source had recorded that fell silent, until it is heard of again", async () => {
    await on.ingest([batchOf("n/0/a", 1, [{}]), reportOf("n/0/a", { ...isAlive, recordedSeq: 7 })]);
    on.nowMs += 60_000;
    expect(await sources()).toEqual([["n/0/a", "OPEN", 7, 1, 0]]);
    expect(await sources(true)).toEqual([]);
    on.nowMs += 1;
    expect(await sources(true)).toEqual([["n/0/a", "SILENT", 7, 1, 6]]);
    await on.ingest([
      batchOf(
        "n/0/a",
        2,
        Array.from({ length: 6 }, () => ({})),
      ),
    ]);
    expect(await sources()).toEqual([["n/0/a", "OPEN", 7, 7, 0]]);
  });

  it("takes over what a node says it has recorded, before any of it arrives", async () => {
    const report = (source: string, recordedSeq: bigint) =>
      reportSources(on.database, { sources: [{ source, recordedSeq }] as never }, on.nowMs);
    await report("n/0/a", 5n);
    await report("n/0/a", 9n);
    await report("n/0/a", 7n);
    expect(await sources()).toEqual([["n/0/a", "OPEN", 9, 0, 0]]);
    on.nowMs += 60_001;
    expect(await sources()).toEqual([["n/0/a", "SILENT", 9, 0, 9]]);
    await report("n/0/a", 9n);
    expect(await sources()).toEqual([["n/0/a", "OPEN", 9, 0, 0]]);
    await on.ingest([
      batchOf("n/0/a", 1, [{}, {}]),
      reportOf("n/0/a", { recordedSeq: 9, settledSeq: 9, isClosed: true }),
    ]);
    await report("n/0/a", 9n);
    expect(await sources()).toEqual([["n/0/a", "CLOSED", 9, 2, 7]]);
  });

  it("counts as missing what a source had announced that was closed before it: its node lost the end with the power", async () => {
    await on.ingest([batchOf("n/0/a", 1, [{}, {}])]);
    await reportSources(on.database, { sources: [{ source: "n/0/a", recordedSeq: 10n }] as never }, on.nowMs);
    await on.ingest([reportOf("n/0/a", { recordedSeq: 2, settledSeq: 2, isClosed: true })]);
    expect(await sources()).toEqual([["n/0/a", "CLOSED", 10, 2, 8]]);
    expect(await sources(true)).toEqual([["n/0/a", "CLOSED", 10, 2, 8]]);
    expect(await missingEvents(on.database, on.nowMs - 60_000)).toBe(8);
  });

  it("forgets sources that were not heard of for 90 days, with what is missing of them, and no record", async () => {
    await on.ingest([
      batchOf("n/0/a", 3, [{}]),
      reportOf("n/0/a", { recordedSeq: 3, settledSeq: 3, isClosed: true }),
      batchOf("n/0/b", 1, [{}]),
      reportOf("n/0/b", { ...isAlive, recordedSeq: 9 }),
      reportOf("n/0/c", { ...isAlive, recordedSeq: 1 }),
    ]);
    on.nowMs += 90 * DAY;
    await on.ingest([reportOf("n/0/c", { ...isAlive, recordedSeq: 1 })]);
    expect((await sources()).map(([source]) => source)).toEqual(["n/0/c", "n/0/a", "n/0/b"]);
    expect(await missingEvents(on.database, on.nowMs - 60_000)).toBe(10);
    on.nowMs += 3_600_001;
    await on.ingest([reportOf("n/0/c", { ...isAlive, recordedSeq: 1 })]);
    expect((await sources()).map(([source]) => source)).toEqual(["n/0/c"]);
    expect([await missingEvents(on.database, on.nowMs - 60_000), await on.gaps(), await on.calls()]).toEqual([
      0,
      [],
      2,
    ]);
  });

  it("does not know whether a source of the last version has ended", async () => {
    const [batch] = receivedAt([batchOf("n/0/a", 1, [{}])]);
    // Version 0.1 did not send recorded_seq: tag 6, one byte.
    const value = Buffer.from(batch?.value ?? []);
    const at = value.indexOf(Buffer.from([0x30, 0x01]));
    await on.ingest([Buffer.concat([value.subarray(0, at), value.subarray(at + 2)])]);
    on.nowMs += HOUR;
    expect(await sources()).toEqual([["n/0/a", "UNSPECIFIED", 1, 1, 0]]);
    expect(await sources(true)).toEqual([]);
  });
}
