import { crc32 } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { type UsageBatch, UsageBatchSchema } from "@tollgate/proto/usage";
import type { Frame } from "./frame.ts";
import type { TopicMessage } from "./sender.ts";
import { putVarint, tagOf } from "./wire.ts";

/*
 * A batch is tollgate.usage.v1.UsageBatch with its fields in the order of their numbers, so that the head can be put before events that are
 * already encoded, and the checksum covers everything after the head:
 *
 *   source · first_seq · last_seq · events_crc32 (CRC-32 of the rest) · events ...
 */
const { field } = UsageBatchSchema;
const SOURCE = tagOf(field.source);
const FIRST_SEQ = tagOf(field.firstSeq);
const LAST_SEQ = tagOf(field.lastSeq);
const EVENTS_CRC32 = tagOf(field.eventsCrc32);
/** Space for the head except the source: tags, varints and the checksum. */
const HEAD_MAX_BYTES = 48;

/** encodeBatch joins consecutive frames of one source; their payloads are used unchanged as the field "events". */
export function encodeBatch(source: string, frames: readonly Frame[]): TopicMessage | undefined {
  const first = frames[0];
  const last = frames.at(-1);
  if (!first || !last) return undefined;
  const events = Buffer.concat(frames.map((frame) => frame.payload));
  const sourceBytes = Buffer.from(source);
  const head = Buffer.alloc(sourceBytes.length + HEAD_MAX_BYTES);
  let p = 0;
  head[p++] = SOURCE;
  p = putVarint(head, p, sourceBytes.length);
  p += sourceBytes.copy(head, p);
  head[p++] = FIRST_SEQ;
  p = putVarint(head, p, first.firstSeq);
  head[p++] = LAST_SEQ;
  p = putVarint(head, p, last.firstSeq + last.count - 1);
  head[p++] = EVENTS_CRC32;
  p = head.writeUInt32LE(crc32(events), p);
  return { key: source, value: Buffer.concat([head.subarray(0, p), events]) };
}

/** decodeBatch reads a batch and checks its events against their checksum; undefined if they do not match. */
export function decodeBatch(bytes: Uint8Array): UsageBatch | undefined {
  try {
    const batch = fromBinary(UsageBatchSchema, bytes);
    const count = Number(batch.lastSeq - batch.firstSeq) + 1;
    if (batch.source === "" || batch.events.length !== count) return undefined;
    return crc32(bytes.subarray(headBytes(bytes))) === batch.eventsCrc32 ? batch : undefined;
  } catch {
    return undefined;
  }
}

/** Length of what precedes the first event. */
function headBytes(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes);
  for (;;) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    if (number === field.events.number) return start;
    reader.skip(wireType, number);
  }
}
