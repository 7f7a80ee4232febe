import { create, toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { LogBatchSchema } from "@tollgate/proto/logs";
import { UsageBatchSchema } from "@tollgate/proto/usage";
import { decodeLogBatch, encodeBatch } from "./batch.ts";
import { FRAME_HEADER_BYTES, readFrame, writeFrameHeader } from "./frame.ts";
import { encodeLogKey, logEventMaxBytes, putLogEvent } from "./log-event.ts";

const GROUP = { accountId: "000000000000", logGroup: "/a/group" };
const MESSAGES = ["hello", "", "ünïcode 😀", "x".repeat(100_000)];

it("log events travel in batches like usage events, byte for byte as a protocol buffer library writes them", () => {
  const key = encodeLogKey(GROUP);
  const out = Buffer.alloc(200_000);
  let at = FRAME_HEADER_BYTES;
  for (const [i, message] of MESSAGES.entries()) {
    const facts = { unixMs: 1_767_323_045_000 + i, message, messageBytes: Buffer.byteLength(message) };
    const end = putLogEvent(out, at, key, 7 + i, facts);
    expect(end - at).toBeLessThanOrEqual(logEventMaxBytes(key, facts));
    at = end;
  }
  const bytes = out.subarray(0, at);
  writeFrameHeader(bytes, MESSAGES.length, 7);
  const read = readFrame(bytes, 0);
  if (typeof read === "string") throw new Error(read);
  const { value } = encodeBatch("n/0/ab", [read.frame], { recordedSeq: 10 });
  const batch = decodeLogBatch(value);
  const events = MESSAGES.map((message, i) => ({
    ...GROUP,
    seq: BigInt(7 + i),
    unixMs: 1_767_323_045_000n + BigInt(i),
    message,
  }));
  expect(batch).toMatchObject({ source: "n/0/ab", firstSeq: 7n, lastSeq: 10n, events });
  const expected = toBinary(LogBatchSchema, create(LogBatchSchema, { events }));
  expect(Buffer.compare(read.frame.payload, expected)).toBe(0);
});

it("log batches have the fields of usage batches", () => {
  for (const field of LogBatchSchema.fields)
    expect(UsageBatchSchema.field[field.localName as "source"]).toMatchObject({
      number: field.number,
      name: field.name,
    });
});
