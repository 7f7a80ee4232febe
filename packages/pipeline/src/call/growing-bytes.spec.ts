import { expect, it } from "vitest";
import { GrowingBytes } from "./growing-bytes.ts";

it.each([
  { pieces: [] },
  { pieces: [10] },
  { pieces: [1, 1, 1, 1, 1] },
  { pieces: [100, 1, 300, 99] },
  { pieces: Array.from({ length: 500 }, () => 1) },
])("is what was added: %o", ({ pieces }) => {
  const all = pieces.map((size, i) => Buffer.alloc(size, String(i)));
  const growing = new GrowingBytes(500);
  for (const piece of all) {
    const before = growing.capacityBytes;
    const capacity = growing.capacityWith(piece.length);
    growing.add(piece);
    expect(growing.capacityBytes).toBe(capacity);
    expect(capacity).toBeGreaterThanOrEqual(before);
    expect(capacity).toBeLessThanOrEqual(500);
  }
  expect(growing.bytes).toEqual(Buffer.concat(all));
  expect(growing.sizeBytes).toBe(growing.bytes.length);
});
