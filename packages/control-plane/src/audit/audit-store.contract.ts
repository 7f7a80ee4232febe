import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditStore } from "./audit-store.ts";

const entry = (key: string, value = key) => ({ key, value });
const keys = (entries: readonly { key: string }[]) => entries.map(({ key }) => key);

/** describeAuditStore checks the contract of the AuditStore port. */
export function describeAuditStore(name: string, open: () => Promise<AuditStore>): void {
  describe(name, () => {
    let store: AuditStore;
    /** The keys of one test, so that tests can share an etcd. */
    let at: string;
    let tests = 0;
    beforeEach(async () => {
      store = await open();
      at = `test${++tests}/`;
    });
    afterEach(() => store[Symbol.asyncDispose]());
    const range = (more: object = {}) =>
      store.range({ from: at, to: `${at}~`, limit: 100, newestFirst: false, ...more });

    it("reads entries in the order of their keys, from either end, up to a limit", async () => {
      await store.put([entry(`${at}b`), entry(`${at}a`), entry(`${at}c`)]);
      expect(keys(await range())).toEqual([`${at}a`, `${at}b`, `${at}c`]);
      expect(keys(await range({ newestFirst: true, limit: 2 }))).toEqual([`${at}c`, `${at}b`]);
      expect(keys(await range({ from: `${at}b`, to: `${at}c` }))).toEqual([`${at}b`]);
    });

    it("replaces the value of an existing key", async () => {
      await store.put([entry(`${at}a`, "begun")]);
      await store.put([entry(`${at}a`, "over")]);
      expect(await range()).toEqual([entry(`${at}a`, "over")]);
    });

    it("stores the last value of a key that is put twice at once", async () => {
      await store.put([entry(`${at}a`, "begun"), entry(`${at}b`), entry(`${at}a`, "over")]);
      expect(await range()).toEqual([entry(`${at}a`, "over"), entry(`${at}b`)]);
    });

    it("accepts more records at once than one transaction can contain", async () => {
      const many = Array.from({ length: 300 }, (_, i) => entry(`${at}${String(i).padStart(4, "0")}`));
      await store.put(many);
      expect(await range({ limit: 1000 })).toEqual(many);
      await store.remove(keys(many).slice(1));
      expect(keys(await range())).toEqual([`${at}0000`]);
    });

    it("accepts more bytes at once than one transaction can contain", async () => {
      const large = Array.from({ length: 100 }, (_, i) => entry(`${at}${100 + i}`, "x".repeat(16 * 1024)));
      await store.put(large);
      expect(await range()).toEqual(large);
    });

    it("removes a range without its end", async () => {
      await store.put([entry(`${at}a`), entry(`${at}b`), entry(`${at}c`)]);
      await store.removeRange(`${at}a`, `${at}c`);
      expect(keys(await range())).toEqual([`${at}c`]);
    });
  });
}
