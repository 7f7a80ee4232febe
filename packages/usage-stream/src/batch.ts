import { crc32 } from "node:zlib";
import { fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { type LogBatch, LogBatchSchema } from "@tollgate/proto/logs";
import { type UsageBatch, UsageBatchSchema } from "@tollgate/proto/usage";
import type { Frame } from "./frame.ts";
import type { TopicMessage } from "./kafka/sender.ts";
import { putVarint, tagOf } from "./wire.ts";

/*
 * A batch is tollgate.usage.v1.UsageBatch with the events last, so that the head can be put before events that are already encoded. The
 * checksum covers everything after the head, which is what a protocol buffer library writes for the events alone:
 *
 *   source · first_seq · last_seq · events_crc32 (CRC-32 of the rest) · recorded_seq · settled_seq · closed · leases_quotas · events ...
 */
const { field } = UsageBatchSchema;
const SOURCE = tagOf(field.source);
const FIRST_SEQ = tagOf(field.firstSeq);
const LAST_SEQ = tagOf(field.lastSeq);
const EVENTS_CRC32 = tagOf(field.eventsCrc32);
const RECORDED_SEQ = tagOf(field.recordedSeq);
const SETTLED_SEQ = tagOf(field.settledSeq);
const CLOSED = tagOf(field.closed);
const LEASES_QUOTAS = tagOf(field.leasesQuotas);
/** Space for the head except the source: tags, varints and the checksum. */
const HEAD_MAX_BYTES = 64;
/** Space for the head of a batch of any usual source. */
export const BATCH_HEAD_BYTES = 1024;
const NO_EVENTS = Buffer.alloc(0);

interface Head {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly recordedSeq: number;
  readonly settledSeq: number;
  readonly isClosed: boolean;
  readonly leasesQuotas?: boolean;
}

/** BatchFacts are what a batch says of its source besides the events. */
export interface BatchFacts {
  readonly recordedSeq: number;
  /** Calls are counted by key for this source, too. */
  readonly leasesQuotas?: boolean;
}

/** encodeBatch joins consecutive frames of one source; their payloads are used unchanged as the field "events". */
export function encodeBatch(source: string, frames: readonly Frame[], facts: BatchFacts): TopicMessage {
  const given = headOfFrames(source, frames, facts);
  return encode(source, given, Buffer.concat(frames.map((frame) => frame.payload)));
}

/**
 * encodeBatchInPlace does the same without another buffer: `memory` is what the frames were read into, with BATCH_HEAD_BYTES before the first.
 * Their payloads move together there, so the frames are not readable any more.
 */
export function encodeBatchInPlace(
  memory: Buffer,
  source: string,
  frames: readonly Frame[],
  facts: BatchFacts,
): TopicMessage {
  const given = headOfFrames(source, frames, facts);
  const offsetOf = ({ payload }: Frame) => payload.byteOffset - memory.byteOffset;
  const start = offsetOf(frames[0] as Frame);
  let end = start;
  for (const frame of frames) {
    const from = offsetOf(frame);
    memory.copyWithin(end, from, from + frame.payload.length);
    end += frame.payload.length;
  }
  const events = memory.subarray(start, end);
  const head = encodeHead(source, given, events);
  if (head.length > start) return { key: source, value: Buffer.concat([head, events]) };
  head.copy(memory, start - head.length);
  return { key: source, value: memory.subarray(start - head.length, end) };
}

function headOfFrames(
  source: string,
  frames: readonly Frame[],
  { recordedSeq, leasesQuotas = false }: BatchFacts,
): Head {
  const first = frames[0];
  const last = frames.at(-1);
  if (!first || !last) throw new Error(`a batch of ${source} has no frames`);
  return {
    firstSeq: first.firstSeq,
    lastSeq: last.firstSeq + last.count - 1,
    recordedSeq,
    settledSeq: 0,
    isClosed: false,
    leasesQuotas,
  };
}

/** SourceReport is what a node knows of a source when it has no events to send. */
export interface SourceReport {
  readonly recordedSeq: number;
  readonly settledSeq: number;
  readonly isClosed: boolean;
}

/** encodeReport is a batch without events. */
export const encodeReport = (source: string, report: SourceReport): TopicMessage =>
  encode(source, { ...report, firstSeq: report.settledSeq + 1, lastSeq: report.settledSeq }, NO_EVENTS);

const encode = (source: string, given: Head, events: Buffer): TopicMessage => ({
  key: source,
  value: Buffer.concat([encodeHead(source, given, events), events]),
});

function encodeHead(source: string, given: Head, events: Buffer): Buffer {
  const sourceBytes = Buffer.from(source);
  const head = Buffer.alloc(sourceBytes.length + HEAD_MAX_BYTES);
  let p = 0;
  const put = (tag: number, value: number): void => {
    if (value === 0) return;
    head[p++] = tag;
    p = putVarint(head, p, value);
  };
  head[p++] = SOURCE;
  p = putVarint(head, p, sourceBytes.length);
  p += sourceBytes.copy(head, p);
  put(FIRST_SEQ, given.firstSeq);
  put(LAST_SEQ, given.lastSeq);
  head[p++] = EVENTS_CRC32;
  p = head.writeUInt32LE(crc32(events), p);
  put(RECORDED_SEQ, given.recordedSeq);
  put(SETTLED_SEQ, given.settledSeq);
  put(CLOSED, given.isClosed ? 1 : 0);
  put(LEASES_QUOTAS, given.leasesQuotas ? 1 : 0);
  return head.subarray(0, p);
}

/** decodeBatch reads a batch and checks its events against their checksum; undefined if they do not match. */
export const decodeBatch = (bytes: Uint8Array): UsageBatch | undefined => decode(UsageBatchSchema, bytes);

/** decodeLogBatch does the same with a batch of log events, which has the same fields. */
export const decodeLogBatch = (bytes: Uint8Array): LogBatch | undefined => decode(LogBatchSchema, bytes);

function decode<S extends typeof UsageBatchSchema | typeof LogBatchSchema>(
  schema: S,
  bytes: Uint8Array,
): MessageShape<S> | undefined {
  try {
    const batch = fromBinary(schema, bytes);
    const count = Number(batch.lastSeq - batch.firstSeq) + 1;
    if (batch.source === "" || batch.events.length !== count) return undefined;
    if (count === 0 && batch.recordedSeq === 0n) return undefined;
    return crc32(bytes.subarray(headBytes(bytes))) === batch.eventsCrc32 ? batch : undefined;
  } catch {
    return undefined;
  }
}

/** Length of what precedes the first event. */
function headBytes(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes);
  while (reader.pos < bytes.length) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    if (number === field.events.number) return start;
    reader.skip(wireType, number);
  }
  return bytes.length;
}
