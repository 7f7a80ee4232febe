import { describe, expect, it } from "vitest";
import { FRAME_MAX_BYTES, FrameSizes } from "./frame-sizes.ts";

/** A masked frame of a client. */
function frame(sizeBytes: number, first = 0x81): Buffer {
  const head =
    sizeBytes < 126
      ? Buffer.from([first, 0x80 | sizeBytes])
      : sizeBytes < 65_536
        ? Buffer.from([first, 0x80 | 126, sizeBytes >> 8, sizeBytes & 255])
        : Buffer.concat([Buffer.from([first, 0x80 | 127, 0, 0, 0, 0]), uint32(sizeBytes)]);
  return Buffer.concat([head, Buffer.from([1, 2, 3, 4]), Buffer.alloc(sizeBytes, 0xff)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Whether all of the bytes are taken, in pieces of a size. */
function isTaken(bytes: Buffer, pieceBytes: number): boolean {
  const sizes = new FrameSizes();
  for (let at = 0; at < bytes.length; at += pieceBytes)
    if (!sizes.read(bytes.subarray(at, at + pieceBytes))) return false;
  return true;
}

describe("the sizes of frames", () => {
  it.each([1, 2, 3, 7, 100, 1_000_000])("are found in pieces of %i bytes", (pieceBytes) => {
    const good = [0, 1, 125, 126, 127, 4_000, FRAME_MAX_BYTES - 1, FRAME_MAX_BYTES].map((size) =>
      frame(size),
    );
    expect(isTaken(Buffer.concat(good), pieceBytes)).toBe(true);
    expect(isTaken(Buffer.concat([...good, frame(FRAME_MAX_BYTES + 1)]), pieceBytes)).toBe(false);
    expect(isTaken(Buffer.concat([...good, frame(70_000)]), pieceBytes)).toBe(false);
  });

  it("of a message in several frames are those of its frames", () => {
    const parts = [frame(FRAME_MAX_BYTES, 0x01), frame(FRAME_MAX_BYTES, 0x00), frame(FRAME_MAX_BYTES, 0x80)];
    expect(isTaken(Buffer.concat(parts), 4_096)).toBe(true);
  });

  it("of control frames are the protocol's business", () => {
    expect(isTaken(Buffer.concat([frame(125, 0x89), frame(FRAME_MAX_BYTES + 1, 0x88)]), 4_096)).toBe(true);
  });

  const KB = 1024;
  const part = (sizeBytes: number, first: number) => frame(sizeBytes, first);

  it.each<[string, readonly Buffer[], number]>([
    ["a whole message", [part(10 * KB, 0x81)], 0],
    ["half of one", [part(10 * KB, 0x81).subarray(0, 5 * KB + 8)], 5 * KB],
    ["a part", [part(10 * KB, 0x01)], 10 * KB + 128],
    ["parts without bytes", [part(0, 0x01), part(0, 0x00), part(0, 0x00)], 3 * 128],
    [
      "a part and half of the next",
      [part(10 * KB, 0x01), part(10 * KB, 0x00).subarray(0, 5 * KB + 8)],
      15 * KB + 128,
    ],
    ["a part and a ping", [part(10 * KB, 0x01), part(100, 0x89)], 10 * KB + 128],
    ["a part and half of a ping", [part(10 * KB, 0x01), part(100, 0x89).subarray(0, 50)], 10 * KB + 128],
    ["all of its parts", [part(10 * KB, 0x01), part(10 * KB, 0x80)], 0],
    ["all of its parts, the last one empty", [part(10 * KB, 0x01), part(0, 0x80)], 0],
    // What it inflates to is not known.
    ["a compressed part", [part(100, 0x41)], 192 * KB],
    ["two compressed parts", [part(100, 0x41), part(100, 0x00)], 192 * KB],
    ["a compressed message, and a part of the next, which is not", [part(100, 0xc1), part(100, 0x01)], 228],
    ["nothing but a ping", [part(100, 0x89)], 0],
  ])("tell what is kept of a message of which %s arrived", (_what, parts, bytes) => {
    const all = Buffer.concat(parts);
    for (const pieceBytes of [1, 7, all.length]) {
      const sizes = new FrameSizes();
      for (let at = 0; at < all.length; at += pieceBytes) sizes.read(all.subarray(at, at + pieceBytes));
      expect(sizes.unfinishedBytes).toBe(bytes);
    }
  });

  it.each([0, 1, 4_000])(
    "are those of 16 frames in a turn, where more arrive in one read: %i bytes",
    (size) => {
      const one = frame(size);
      const all = Buffer.concat(Array.from({ length: 40 }, () => one));
      const sizes = new FrameSizes();
      const turns: number[] = [];
      for (let at = 0; at < all.length; at += sizes.takenBytes) {
        expect(sizes.read(all.subarray(at))).toBe(true);
        turns.push(sizes.takenBytes / one.length);
      }
      expect(turns).toEqual([16, 16, 8]);
    },
  );
});
