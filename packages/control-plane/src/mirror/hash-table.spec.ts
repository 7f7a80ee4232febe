import { describe, expect, it } from "vitest";
import { HashTable } from "./hash-table.ts";

describe("HashTable", () => {
  it("finds what a map finds, whatever was added, removed and collides", () => {
    const table = new HashTable();
    const model = new Map<number, number>();
    let random = 7;
    const next = (below: number) => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((random / 2 ** 32) * below);
    };
    for (let i = 0; i < 50_000; i++) {
      const key = next(3_000);
      // Few hashes, among them the largest: many keys share one.
      const hash = (key % 500) * 0x0083_126e + (key % 7 === 0 ? 0xffff_f000 : 0);
      const isIt = (value: number) => value % 3_000 === key;
      const known = table.find(hash >>> 0, isIt);
      expect(known).toBe(model.get(key));
      if (known !== undefined) {
        table.remove(hash >>> 0, known);
        model.delete(key);
      }
      if (next(3) > 0) {
        const value = i * 3_000 + key;
        table.add(hash >>> 0, value % 3_999_999_000);
        model.set(key, value % 3_999_999_000);
      }
    }
    expect(model.size).toBeGreaterThan(1_000);
  });
});
