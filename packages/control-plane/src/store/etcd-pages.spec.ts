import { describe, expect, it } from "vitest";
import { prefixRange } from "./etcd-keys.ts";
import { readPages } from "./etcd-pages.ts";
import type { RangedValue } from "./etcd-range.ts";

const ROOT = "/tollgate/v1/";

/** A store as etcd is: a page takes as long as there are keys in its range, whatever its limit is. */
async function read(names: readonly string[], valueBytes = 10) {
  const value = Buffer.alloc(valueBytes);
  const all = names
    .map(
      (name, i): RangedValue => ({
        key: Buffer.from(ROOT + name),
        value,
        mod_revision: i,
      }),
    )
    .sort((a, b) => a.key.compare(b.key));
  /** How many keys are before one. */
  const before = (key: Buffer): number => {
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle] as RangedValue).key.compare(key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let counted = 0;
  let pages = 0;
  const got: string[] = [];
  const found = readPages({
    ...prefixRange(ROOT),
    async read(from, to, limit) {
      const [first, end] = [before(from), before(to)];
      counted += end - first;
      pages++;
      const kvs = all.slice(first, Math.min(end, first + limit));
      return { kvs, more: end - first > limit, count: end - first };
    },
  });
  for await (const kvs of found) {
    expect(kvs.length).toBeGreaterThan(0);
    got.push(...kvs.map(({ key }) => key.toString().slice(ROOT.length)));
  }
  return { got, counted, pages, sorted: all.map(({ key }) => key.toString().slice(ROOT.length)) };
}

const idOf = (i: number): string => ((i * 2_654_435_761) % 2 ** 32).toString(36).padStart(7, "0");
const many = (count: number, name: (i: number) => string) => Array.from({ length: count }, (_, i) => name(i));

describe("the pages of a range", () => {
  it.each([
    ["none", []],
    ["one", ["a"]],
    ["keys of several accounts", many(3_000, (i) => `00000000000${i % 3}/restapis/r${i}`)],
    [
      "keys that differ in their last byte",
      many(2_000, (i) => `${"x".repeat(50)}${String.fromCodePoint(i + 32)}`),
    ],
    ["keys of every length", many(1_500, (i) => "y".repeat(i + 1))],
    [
      "keys that end with the last code points",
      many(700, (i) => `\u{10fffd}${String.fromCodePoint(0x10f800 + i)}`),
    ],
    [
      "far apart",
      [...many(9_000, (i) => `000000000000/apikeys/${idOf(i)}`), "000000000000/~head", "zzz", "~"],
    ],
  ])("are all its keys, once and in order: %s", async (_what, names) => {
    const { got, sorted } = await read(names);
    expect(got).toEqual(sorted);
  });

  it("are few where there are few keys", async () => {
    expect((await read(many(400, (i) => `000000000000/restapis/r${i}`))).pages).toBe(1);
  });

  it("count little more than they read, where there are very many keys", async () => {
    // Values are large, so that a page has few of them.
    const names = [
      ...many(30_000, (i) => `000000000000/apikeys/${idOf(i)}`),
      ...many(500, (i) => `000000000000/restapis/${idOf(i)}`),
    ];
    const { got, counted, pages, sorted } = await read(names, 20_000);
    expect(got).toEqual(sorted);
    // 300 pages of 100 would count 4.5 million keys.
    expect(counted).toBeLessThan(800_000);
    expect(pages).toBeLessThan(900);
  });
});
