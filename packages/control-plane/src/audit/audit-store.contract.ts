import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditStore } from "./audit-store.ts";

const entry = (key: string, value = key) => ({ key, value });
const keys = (entries: readonly { key: string }[]) => entries.map(({ key }) => key);

/** describeAuditStore is the contract of the AuditStore port. */
export function describeAuditStore(name: string, open: () => Promise<AuditStore>): void {
  describe(name, () => {
    let store: AuditStore;
    /** Keys of one test, so that tests share an etcd. */
    let at: string;
    let tests = 0;
    beforeEach(async () => {
      store = await open();
      at = `test${++tests}/`;
    });
    afterEach(() => store[Symbol.asyncDispose]());
    const range = (more: object = {}) =>
      store.range({ from: at, to: `${at}~`, limit: 100, newestFirst: false, ...more });

    it("reads what was put, in the order of keys, from either end, as many as are wanted", async () => {
      await store.put([entry(`${at}b`), entry(`${at}a`), entry(`${at}c`)]);
      expect(keys(await range())).toEqual([`${at}a`, `${at}b`, `${at}c`]);
      expect(keys(await range({ newestFirst: true, limit: 2 }))).toEqual([`${at}c`, `${at}b`]);
      expect(keys(await range({ from: `${at}b`, to: `${at}c` }))).toEqual([`${at}b`]);
    });

    it("puts a new value in the place of an old one", async () => {
      await store.put([entry(`${at}a`, "begun")]);
      await store.put([entry(`${at}a`, "over")]);
      expect(await range()).toEqual([entry(`${at}a`, "over")]);
    });

    it("takes more records at once than a transaction holds", async () => {
      const many = Array.from({ length: 300 }, (_, i) => entry(`${at}${String(i).padStart(4, "0")}`));
      await store.put(many);
      expect(await range({ limit: 1000 })).toEqual(many);
      await store.remove(keys(many).slice(1));
      expect(keys(await range())).toEqual([`${at}0000`]);
    });

    it("removes a range, its end not included", async () => {
      await store.put([entry(`${at}a`), entry(`${at}b`), entry(`${at}c`)]);
      await store.removeRange(`${at}a`, `${at}c`);
      expect(keys(await range())).toEqual([`${at}c`]);
    });
  });
}
