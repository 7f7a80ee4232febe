import { crc32 } from "node:zlib";

/**
 * A spool file is a sequence of frames, one for each turn of the event loop that completed calls. A frame's payload is the encoded field
 * "events" of tollgate.usage.v1.UsageBatch, so that frames can be sent without decoding.
 *
 *   u32 magic · u32 payload length · u32 CRC-32 of the payload · u32 number of events · u64 first sequence number · payload
 */
export const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x31554754; // "TGU1"

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
}

/** readFrame reads the frame at an offset: "partial" if it is incomplete, "damaged" if its checksum does not match. */
export function readFrame(bytes: Buffer, at: number): { frame: Frame; end: number } | "partial" | "damaged" {
  if (bytes.length - at < FRAME_HEADER_BYTES) return "partial";
  if (bytes.readUInt32LE(at) !== MAGIC) return "damaged";
  const end = at + FRAME_HEADER_BYTES + bytes.readUInt32LE(at + 4);
  if (end > bytes.length) return "partial";
  const payload = bytes.subarray(at + FRAME_HEADER_BYTES, end);
  if (crc32(payload) !== bytes.readUInt32LE(at + 8)) return "damaged";
  return {
    frame: { firstSeq: Number(bytes.readBigUInt64LE(at + 16)), count: bytes.readUInt32LE(at + 12), payload },
    end,
  };
}
