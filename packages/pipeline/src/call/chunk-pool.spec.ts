import { expect, it } from "vitest";
import { CHUNK_BYTES, ChunkPool } from "./chunk-pool.ts";

it("a chunk that is given back is lent again, and no other one is made", () => {
  const pool = new ChunkPool();
  const first = pool.take();
  expect(first.length).toBe(CHUNK_BYTES);
  pool.giveBack(first.subarray(10, 20));
  expect(pool.take()).toBe(first);
});

it("no chunk is lent twice at the same time, however often it is given back", () => {
  const pool = new ChunkPool();
  const one = pool.take();
  for (let i = 0; i < 3; i++) pool.giveBack(one);
  expect(pool.take()).toBe(one);
  expect(pool.take()).not.toBe(one);
});

it("bytes that were not lent are left alone", () => {
  const pool = new ChunkPool();
  const bytes = Buffer.alloc(CHUNK_BYTES);
  pool.giveBack(bytes);
  expect(pool.idleChunks).toBe(0);
});

it("of any number of chunks that are given back, 16 MB are kept", () => {
  const pool = new ChunkPool();
  const taken = Array.from({ length: 300 }, () => pool.take());
  for (const chunk of taken) pool.giveBack(chunk);
  expect(pool.idleChunks * CHUNK_BYTES).toBe(16 * 1024 * 1024);
});
