import { describe, expect, it } from "vitest";
import { BodyParts } from "./body-parts.ts";
import { CHUNK_BYTES, ChunkPool } from "./chunk-pool.ts";

/** The same numbers each time. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** A body: no two places near each other look alike. */
const BODY = Buffer.from(Uint8Array.from({ length: 600_000 }, (_, i) => (i * 31 + (i >> 8)) % 253));
const bytesFrom = (at: number, bytes: number): Buffer => BODY.subarray(at, at + bytes);

describe("a body in parts", () => {
  it("is what was added, in pieces that are copied and in pieces that were read to where there was room", () => {
    const pool = new ChunkPool();
    for (let seed = 1; seed <= 40; seed++) {
      const below = numbersFrom(seed);
      const parts = new BodyParts(pool);
      const total = 1 + below(BODY.length);
      let heldBytes = 0;
      while (parts.length < total) {
        const missing = total - parts.length;
        if (parts.length > 0 && below(2) === 0) {
          if (parts.needsChunk) heldBytes += CHUNK_BYTES;
          const room = parts.room(missing);
          const read = 1 + below(room.length);
          bytesFrom(parts.length, read).copy(room);
          expect(parts.moreWith(read)).toBe(0);
          parts.add(room, 0, read);
        } else {
          const piece = Math.min(missing, 1 + below(200_000));
          heldBytes += parts.moreWith(piece);
          const buffer = Buffer.concat([Buffer.alloc(7), bytesFrom(parts.length, piece)]);
          parts.add(buffer, 7, buffer.length);
          // Others are read into it.
          buffer.fill(0);
        }
      }
      const whole = Buffer.concat(parts.parts);
      expect(whole.equals(bytesFrom(0, total)), `seed ${seed}`).toBe(true);
      // What was counted is all that it takes.
      const sizes = parts.parts.map((part) =>
        part.buffer.byteLength === CHUNK_BYTES ? CHUNK_BYTES : part.length,
      );
      const taken = sizes.reduce((sum, bytes) => sum + bytes, 0);
      expect(heldBytes).toBeGreaterThanOrEqual(taken);
      parts.sent();
    }
  });

  it("takes no chunk as long as it is short", () => {
    const pool = new ChunkPool();
    const parts = new BodyParts(pool);
    for (let i = 0; i < 32; i++) parts.add(bytesFrom(parts.length, 1024), 0, 1024);
    expect(parts.parts).toHaveLength(1);
    parts.sent();
    expect(pool.idleChunks).toBe(0);
    expect(parts.moreWith(1)).toBe(CHUNK_BYTES);
  });

  it("gives each chunk back once when it is sent", () => {
    const pool = new ChunkPool();
    const parts = new BodyParts(pool);
    parts.add(bytesFrom(0, 3 * CHUNK_BYTES), 0, 3 * CHUNK_BYTES);
    parts.sent();
    parts.sent();
    expect(pool.idleChunks).toBe(3);
  });
});
