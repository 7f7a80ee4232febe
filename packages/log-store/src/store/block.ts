import { crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/**
 * A segment is a sequence of blocks; a block has events of one stream.
 *
 *   u32 magic · u32 length of the head · u32 length of the body · u32 CRC-32 of the body · u32 CRC-32 of what precedes and the head ·
 *   head (JSON) · body
 *
 * A body, which may be compressed, is a sequence of events: u48 time · u48 time of arrival · u48 sequence number · u32 length · message.
 */
const MAGIC = 0x3147_4c54; // "TLG1"
const PREFIX_BYTES = 20;
const CHECKED_BYTES = 16;
const HEAD_MAX_BYTES = 1024;
const BODY_MAX_BYTES = 64 * 1024 * 1024;
const EVENT_HEAD_BYTES = 22;
/** Smaller bodies gain nothing. */
const COMPRESSED_FROM_BYTES = 256;
const MAGIC_BYTES = Buffer.from("TLG1");

/** Reading starts with this many bytes: a prefix and a head. */
export const BLOCK_START_BYTES = PREFIX_BYTES + HEAD_MAX_BYTES;

/** LogRecord is an event as it is stored. Times in milliseconds since 1970. */
export interface LogRecord {
  /** Within its stream, in the order in which events were recorded. */
  readonly seq: number;
  readonly unixMs: number;
  readonly ingestionMs: number;
  readonly message: string;
}

/** BlockHead says what a block has, so that it need not be read to know that it is not needed. */
export interface BlockHead {
  /** Number of the stream within its group. */
  readonly stream: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly lastIngestionMs: number;
  readonly lastSeq: number;
  readonly count: number;
  readonly isCompressed: boolean;
  /** Of the body that is not compressed; absent in blocks of earlier versions. */
  readonly rawBytes?: number;
}

/** encodeBlock makes a block of events of one stream. At least one. */
export function encodeBlock(stream: number, records: readonly LogRecord[]): Buffer {
  const raw = encodeRecords(records);
  const isCompressed = raw.length >= COMPRESSED_FROM_BYTES;
  const body = isCompressed ? zstdCompressSync(raw) : raw;
  const head = Buffer.from(
    JSON.stringify({ ...headOf(stream, records), isCompressed, rawBytes: raw.length }),
  );
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(MAGIC, 0);
  prefix.writeUInt32LE(head.length, 4);
  prefix.writeUInt32LE(body.length, 8);
  prefix.writeUInt32LE(crc32(body), 12);
  prefix.writeUInt32LE(crc32(head, crc32(prefix.subarray(0, CHECKED_BYTES))), CHECKED_BYTES);
  return Buffer.concat([prefix, head, body]);
}

function headOf(stream: number, records: readonly LogRecord[]): Omit<BlockHead, "isCompressed" | "rawBytes"> {
  let [firstMs, lastMs, lastIngestionMs, lastSeq] = [Number.POSITIVE_INFINITY, 0, 0, 0];
  for (const { unixMs, ingestionMs, seq } of records) {
    firstMs = Math.min(firstMs, unixMs);
    lastMs = Math.max(lastMs, unixMs);
    lastIngestionMs = Math.max(lastIngestionMs, ingestionMs);
    lastSeq = Math.max(lastSeq, seq);
  }
  return { stream, firstMs, lastMs, lastIngestionMs, lastSeq, count: records.length };
}

function encodeRecords(records: readonly LogRecord[]): Buffer {
  const sizes = records.map(({ message }) => Buffer.byteLength(message));
  const out = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + EVENT_HEAD_BYTES + size, 0));
  let at = 0;
  for (const [i, { unixMs, ingestionMs, seq, message }] of records.entries()) {
    at = out.writeUIntLE(unixMs, at, 6);
    at = out.writeUIntLE(ingestionMs, at, 6);
    at = out.writeUIntLE(seq, at, 6);
    at = out.writeUInt32LE(sizes[i] as number, at);
    at += out.write(message, at);
  }
  return out;
}

/** FoundHead is a head, and where its body is in what was read. */
export interface FoundHead {
  readonly head: BlockHead;
  readonly bodyAt: number;
  readonly bodyBytes: number;
}

/** readHead reads the head at an offset: "partial" if it is incomplete, "damaged" if it is none. */
export function readHead(bytes: Buffer, at: number): FoundHead | "partial" | "damaged" {
  if (bytes.length - at < PREFIX_BYTES) return "partial";
  const headBytes = bytes.readUInt32LE(at + 4);
  const bodyBytes = bytes.readUInt32LE(at + 8);
  if (bytes.readUInt32LE(at) !== MAGIC || headBytes > HEAD_MAX_BYTES || bodyBytes > BODY_MAX_BYTES)
    return "damaged";
  const bodyAt = at + PREFIX_BYTES + headBytes;
  if (bodyAt > bytes.length) return "partial";
  const head = bytes.subarray(at + PREFIX_BYTES, bodyAt);
  const checksum = crc32(head, crc32(bytes.subarray(at, at + CHECKED_BYTES)));
  if (checksum !== bytes.readUInt32LE(at + CHECKED_BYTES)) return "damaged";
  return { head: JSON.parse(head.toString("utf8")) as BlockHead, bodyAt, bodyBytes };
}

/** findHead returns the offset of the first sound head from an offset on, after damage. */
export function findHead(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(MAGIC_BYTES, from); at >= 0; at = bytes.indexOf(MAGIC_BYTES, at + 1))
    if (typeof readHead(bytes, at) === "object") return at;
  return undefined;
}

/** readBody returns the events of a whole block, still encoded; undefined: it is damaged. */
export function readBody(block: Buffer): Buffer | undefined {
  const found = readHead(block, 0);
  if (typeof found === "string") return undefined;
  const body = block.subarray(found.bodyAt, found.bodyAt + found.bodyBytes);
  if (body.length < found.bodyBytes || crc32(body) !== block.readUInt32LE(12)) return undefined;
  return found.head.isCompressed ? decompress(body, found.head) : body;
}

/** In one piece: Node's pieces of 16 KB would be joined again. */
const decompress = (body: Buffer, { rawBytes }: BlockHead): Buffer =>
  rawBytes === undefined ? zstdDecompressSync(body) : zstdDecompressSync(body, { chunkSize: rawBytes + 1 });

/** eachRecord passes the events of a body to a function. The message, whose place is given, is read only where `wants` says so. */
export function eachRecord(
  body: Buffer,
  wants: (unixMs: number, seq: number, messageAt: number, messageEnd: number) => boolean,
  take: (record: LogRecord) => void,
): void {
  for (let at = 0; at < body.length; ) {
    const unixMs = body.readUIntLE(at, 6);
    const seq = body.readUIntLE(at + 12, 6);
    const messageAt = at + EVENT_HEAD_BYTES;
    const end = messageAt + body.readUInt32LE(at + 18);
    if (wants(unixMs, seq, messageAt, end))
      take({
        seq,
        unixMs,
        ingestionMs: body.readUIntLE(at + 6, 6),
        message: body.toString("utf8", messageAt, end),
      });
    at = end;
  }
}
