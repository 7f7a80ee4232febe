import { beforeEach, describe, expect, it } from "vitest";
import type { FoundOrMake, NodeCache } from "./node-cache.ts";

/** OpenCaches opens caches that share entries: as many askers, each with the cache that it asks. */
export type OpenSharedCaches = (
  count: number,
) => Promise<{ readonly caches: readonly NodeCache[]; settled(): Promise<unknown> }>;

const bytes = (text: string) => Buffer.from(text);
const textOf = (found: FoundOrMake | undefined) => found && Buffer.from(found.bytes).toString("latin1");

/** describeSharedCaches is the contract of caches that share entries: of one node, or of several by a Redis. */
export function describeSharedCaches(name: string, open: OpenSharedCaches): void {
  describe(name, () => {
    let caches: readonly NodeCache[];
    let settled: () => Promise<unknown>;
    let key: string;
    let tests = 0;
    beforeEach(async () => {
      ({ caches, settled } = await open(3));
      key = `key-${++tests}`;
    });
    const find = async (asker: number, waitMs = 1_000) => caches[asker]?.find(`w${asker}`, key, waitMs);
    const made = (asker: number, text: string | undefined, ttlMs = 60_000) =>
      caches[asker]?.made(key, text === undefined ? undefined : bytes(text), ttlMs);

    it("have one asker make a key, and give all others what that made", async () => {
      expect(await find(0)).toBeNull();
      const others = [find(1), find(2), find(1)];
      made(0, "m\u00e4de");
      const kept = bytes("m\u00e4de").toString("latin1");
      expect((await Promise.all(others)).map(textOf)).toEqual([kept, kept, kept]);
      await settled();
      expect(textOf(await find(2))).toBe(kept);
    });

    it("let another make it where nothing was kept, and nobody wait for longer than it said", async () => {
      expect(await find(0)).toBeNull();
      expect(await find(1, 30)).toBeNull();
      made(0, undefined);
      made(1, undefined);
      await settled();
      expect(await find(2)).toBeNull();
    });

    it("keep an entry no longer than it is good for", async () => {
      expect(await find(0)).toBeNull();
      made(0, "made", 5_000);
      await settled();
      const found = await find(1);
      expect(found?.ttlMs).toBeGreaterThan(0);
      expect(found?.ttlMs).toBeLessThanOrEqual(5_000);
      made(0, "gone", 1);
      await settled();
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
      expect(await find(2, 1)).toBeNull();
    });

    it("forget what is removed, and keep what is made after it", async () => {
      expect(await find(0)).toBeNull();
      made(0, "old");
      await settled();
      expect(textOf(await find(1))).toBe("old");
      caches[1]?.remove(key);
      await settled();
      const other = find(2, 2_000);
      made(1, "new");
      await settled();
      const found = await other;
      expect(["new", undefined]).toContain(textOf(found ?? undefined));
      // What it was told to make, because the key was invalidated while it asked, others wait for.
      if (!found) made(2, "new");
      await settled();
      expect(textOf(await find(2))).toBe("new");
      expect(textOf(await find(0))).toBe("new");
    });
  });
}
