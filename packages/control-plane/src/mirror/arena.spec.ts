import { describe, expect, it } from "vitest";
import { Arena } from "./arena.ts";

const record = (size: number, fill: number) => Buffer.alloc(size, fill);
const chunk = 1024 * 1024;

describe("Arena", () => {
  it("returns records of every size, and all that were not dropped in their order", () => {
    const arena = new Arena();
    const sizes = [1, 7, 8, 9, chunk - 12, 3, chunk, 3 * chunk, 0, 5, chunk - 4, 20];
    const places = sizes.map((size, i) => arena.add(record(size, i + 1)));
    expect(new Set(places).size).toBe(sizes.length);
    expect(places.map((at, i) => arena.get(at).subarray(0, sizes[i]))).toEqual(
      sizes.map((size, i) => record(size, i + 1)),
    );
    for (const i of [0, 4, 7, 11]) arena.drop(places[i] as number);
    const left = sizes.flatMap((size, i) => ([0, 4, 7, 11].includes(i) ? [] : [[size, i + 1] as const]));
    expect([...arena.values()].map((bytes, i) => bytes.subarray(0, left[i]?.[0]))).toEqual(
      left.map(([size, fill]) => record(size, fill)),
    );
  });

  it("says when more than half of it was dropped, if that is worth to be got back", () => {
    const arena = new Arena();
    const places = Array.from({ length: 40 }, () => arena.add(record(100_000, 1)));
    for (const at of places.slice(0, 20)) arena.drop(at);
    expect(arena.isSparse).toBe(false);
    arena.drop(places[20] as number);
    expect(arena.isSparse).toBe(true);
    const small = new Arena();
    small.drop(small.add(record(100, 1)));
    expect(small.isSparse).toBe(false);
  });

  it("takes little memory for few records, as most accounts have", () => {
    const before = process.memoryUsage().arrayBuffers;
    const arenas = Array.from({ length: 1_000 }, () => new Arena());
    for (const arena of arenas) arena.add(record(300, 1));
    expect((process.memoryUsage().arrayBuffers - before) / arenas.length).toBeLessThan(8 * 1024);
    expect(arenas).toHaveLength(1_000);
  });
});
