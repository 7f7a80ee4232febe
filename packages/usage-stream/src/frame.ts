import { crc32 } from "node:zlib";

/**
 * A spool file is a sequence of frames, one for each turn of the event loop that completed calls. A frame's payload is the encoded field
 * "events" of tollgate.usage.v1.UsageBatch, so that frames can be sent without decoding.
 *
 *   u32 magic · u32 payload length · u32 CRC-32 of the payload · u32 number of events · u64 first sequence number · u32 CRC-32 of what
 *   precedes · payload
 *
 * Without the last checksum, a damaged length looks like a frame that is not complete yet. Files of version 0.1 do not have it.
 */
export const FRAME_HEADER_BYTES = 28;
const CHECKED_BYTES = 24;
const MAGIC = 0x32554754; // "TGU2"
const OLD_MAGIC = 0x31554754; // "TGU1"
const MAGIC_PREFIX = Buffer.from("TGU");
/** No frame of version 0.1 is larger. */
const OLD_PAYLOAD_MAX_BYTES = 1024 * 1024;

export interface Frame {
  readonly firstSeq: number;
  readonly count: number;
  readonly payload: Buffer;
}

/** writeFrameHeader completes a frame whose payload is already in place after the header. */
export function writeFrameHeader(frame: Buffer, count: number, firstSeq: number): void {
  const payload = frame.subarray(FRAME_HEADER_BYTES);
  frame.writeUInt32LE(MAGIC, 0);
  frame.writeUInt32LE(payload.length, 4);
  frame.writeUInt32LE(crc32(payload), 8);
  frame.writeUInt32LE(count, 12);
  frame.writeBigUInt64LE(BigInt(firstSeq), 16);
  frame.writeUInt32LE(crc32(frame.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
}

/** The length of a frame's header if it is sound; undefined: it is not one. */
function headerBytes(bytes: Buffer, at: number): number | undefined {
  const magic = bytes.readUInt32LE(at);
  if (magic === OLD_MAGIC)
    return bytes.readUInt32LE(at + 4) <= OLD_PAYLOAD_MAX_BYTES ? CHECKED_BYTES : undefined;
  if (magic !== MAGIC || bytes.length - at < FRAME_HEADER_BYTES) return undefined;
  const checksum = crc32(bytes.subarray(at, at + CHECKED_BYTES));
  return checksum === bytes.readUInt32LE(at + CHECKED_BYTES) ? FRAME_HEADER_BYTES : undefined;
}

/** readFrame reads the frame at an offset: "partial" if it is incomplete, "damaged" if a checksum does not match. */
export function readFrame(bytes: Buffer, at: number): { frame: Frame; end: number } | "partial" | "damaged" {
  if (bytes.length - at < FRAME_HEADER_BYTES) return "partial";
  const header = headerBytes(bytes, at);
  if (header === undefined) return "damaged";
  const end = at + header + bytes.readUInt32LE(at + 4);
  if (end > bytes.length) return "partial";
  const payload = bytes.subarray(at + header, end);
  if (crc32(payload) !== bytes.readUInt32LE(at + 8)) return "damaged";
  return {
    frame: { firstSeq: Number(bytes.readBigUInt64LE(at + 16)), count: bytes.readUInt32LE(at + 12), payload },
    end,
  };
}

/** findFrame returns the offset of the first whole frame from an offset on, after damage. */
export function findFrame(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(MAGIC_PREFIX, from); at >= 0; at = bytes.indexOf(MAGIC_PREFIX, at + 1))
    if (typeof readFrame(bytes, at) === "object") return at;
  return undefined;
}
