import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, call, HOUR, november, terms, useInvoicing } from "../invoice/invoicing.contract.ts";
import { batchOf, receivedAt } from "../usage-store/batches.contract.ts";
import { forgetSourceSums } from "../usage-store/source-sums.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { acceptDifference, confirmAudited, countOpen, listDifferences } from "./differences.ts";
import { claimRun, reconcile, refreshMissing } from "./reconcile.ts";

const NOW = november.endUnixMs + HOUR;
const deed = { actor: "ada", nowUnixMs: NOW };
/** At the beginning of an hour, in an hour of November whatever the time zone. */
const AT = Date.UTC(2026, 10, 10, 10);

/** describeReconciliation is the contract of comparisons on a database. */
export function describeReconciliation(name: string, open: OpenDatabase): void {
  describe(name, () => {
    const on = useInvoicing(open);
    const hourly = () => reconcile(on.database, { nowMs: NOW, silentBeforeUnixMs: 0 });
    /** Compares everything, as a first run does. */
    const run = async () => {
      await on.database.query("UPDATE usage_reconciliation SET until_unix_ms = 0");
      await hourly();
    };
    const problems = async (settledToo = false) =>
      (await listDifferences(on.database, { settledToo })).map(({ id, state, problem }) => ({
        id,
        state,
        problem,
      }));
    const final = async () => (await on.finalize(terms("2026-11"))).document.number;

    beforeEach(async () => {
      await on.ingest(call(AT), call(AT + HOUR / 2), call(AT + HOUR), call(AT + 2 * HOUR));
      await on.store.ingest(receivedAt([batchOf("n/1/b", 1, [call(AT, { apiKeyId: "eve" })])]));
    });

    it("finds nothing where all agree, also while usage arrives, and lets invoices become final", async () => {
      await run();
      await on.ingest(call(AT), call(november.endUnixMs), { atMs: 0 });
      await run();
      expect(await problems(true)).toEqual([]);
      expect(await final()).toBe("INV-2026-000001");
    });

    it.each<[string, string, RegExp]>([
      [
        "units that were added",
        "UPDATE usage_units SET units = units + 1 WHERE meter = 'rest.request' AND api_key_id = 'eve'",
        /^of the hour 2026-11-10T10:00Z 4 units of rest.request are stored, and what sources sent comes to 3: its events are 1 to 2 of n\/0\/a and 1 other source$/,
      ],
      [
        "units that are gone",
        `DELETE FROM usage_units WHERE slot_unix_ms >= ${AT + 2 * HOUR} AND meter = 'transfer.byte'`,
        /^of the hour 2026-11-10T12:00Z 0 units of transfer.byte are stored, and what sources sent comes to 100: its events are 4 to 4 of n\/0\/a$/,
      ],
      [
        "records that are gone",
        `DELETE FROM usage_records WHERE hour_unix_ms = ${AT + HOUR}`,
        /^of the hour 2026-11-10T11:00Z 0 calls are stored, and what sources sent comes to 1: its events are 3 to 3 of n\/0\/a$/,
      ],
    ])(
      "finds %s, names source and sequence, and keeps invoices of the time back",
      async (_, sql, message) => {
        await on.database.query(sql);
        await run();
        const [difference, ...others] = await problems();
        expect(difference?.problem).toMatch(message);
        expect(others).toEqual([]);
        await expect(on.finalize(terms("2026-11"))).rejects.toThrow(
          /^countings of the usage do not agree: of the hour .* n\/0\/a.*\(LEDGER\/2026-11-10T1.*tollgate usage status/,
        );
        expect(await countOpen(on.database)).toEqual({ MISSING: 0, LEDGER: 1, INVOICE: 0 });
        expect((await on.finalize(terms("2026-10"))).document.number).toBe("INV-2026-000001");
      },
    );

    it("finds it when an invoice becomes final before it was looked for", async () => {
      await on.database.query("UPDATE usage_units SET units = units + 1 WHERE meter = 'rest.request'");
      await expect(on.finalize(terms("2026-11"))).rejects.toThrow(/countings of the usage do not agree/);
    });

    it("lets what was accepted pass until a number of it changes", async () => {
      const add =
        "UPDATE usage_units SET units = units + 1 WHERE api_key_id = 'eve' AND meter = 'rest.request'";
      await on.database.query(add);
      await run();
      const [difference] = await problems();
      const id = difference?.id ?? "";
      await expect(acceptDifference(on.database, id, { ...deed, reason: " " })).rejects.toThrow(
        /reason is empty/,
      );
      await expect(acceptDifference(on.database, "LEDGER/x", { ...deed, reason: "r" })).rejects.toThrow(
        "there is no difference 'LEDGER/x': 'tollgate usage status' lists them",
      );
      await acceptDifference(on.database, id, { ...deed, reason: "a test" });
      await expect(acceptDifference(on.database, id, { ...deed, reason: "a test" })).rejects.toThrow(
        /is not open: it is ACCEPTED/,
      );
      await run();
      expect(await problems()).toEqual([]);
      expect(await final()).toBe("INV-2026-000001");
      await on.database.query(add);
      await run();
      expect(await problems()).toMatchObject([
        { id, state: "OPEN", problem: expect.stringMatching(/5 units/) },
      ]);
    });

    it("leaves what was accepted alone when the sums of its time are gone", async () => {
      await on.database.query("UPDATE usage_units SET units = units + 1 WHERE api_key_id = 'eve'");
      await run();
      for (const { id } of await problems())
        await acceptDifference(on.database, id, { ...deed, reason: "a test" });
      const later = NOW + 101 * 24 * HOUR;
      await forgetSourceSums(on.database, later);
      await reconcile(on.database, { nowMs: later, silentBeforeUnixMs: 0 });
      expect(await problems()).toEqual([]);
    });

    it("settles what agrees again, and what an audit confirms", async () => {
      const change = (by: number) =>
        on.database.query(
          `UPDATE usage_units SET units = units + ${by} WHERE meter = 'rest.request' AND api_key_id = 'eve'`,
        );
      await change(1);
      await run();
      await change(-1);
      await run();
      expect(await problems(true)).toMatchObject([{ state: "GONE" }]);
      await change(1);
      await run();
      expect(await problems()).toMatchObject([{ state: "OPEN" }]);
      await confirmAudited(on.database, { startUnixMs: AT + HOUR, endUnixMs: NOW, messageCount: 2 }, deed);
      expect(await problems()).toHaveLength(1);
      await confirmAudited(on.database, { startUnixMs: AT, endUnixMs: NOW, messageCount: 2 }, deed);
      await run();
      expect(await problems()).toEqual([]);
      expect((await listDifferences(on.database, { settledToo: true }))[0]).toMatchObject({
        state: "CONFIRMED",
        actor: "ada",
        reason: "an audit of 2 messages of the topic came to what is stored",
      });
    });

    it("names events that are missing, and what was accepted of them keeps nothing back", async () => {
      await on.store.ingest(receivedAt([batchOf("n/2/c", 6, [call(AT)])]));
      await run();
      expect(await problems()).toEqual([
        {
          id: "MISSING/n/2/c/1",
          state: "OPEN",
          problem: "events 1 to 5 of n/2/c were recorded by its node, and are not counted",
        },
      ]);
      await acceptDifference(on.database, "MISSING/n/2/c/1", { ...deed, reason: "its disk is lost" });
      await on.store.ingest(receivedAt([batchOf("n/2/c", 1, [call(AT)])]));
      await run();
      expect(await problems()).toEqual([]);
      const { document } = await on.finalize(terms("2026-11"));
      expect(document.missingEventCount).toBe("4");
      await on.store.ingest(receivedAt([batchOf("n/3/d", 2, [call(AT)])]));
      await expect(on.finalize(terms("2026-10"))).rejects.toThrow(
        /^1 usage events are missing.*n\/3\/d, 1 to 1/,
      );
    });

    it("shows events as missing no longer than they are, before the next comparison too", async () => {
      const again = () => refreshMissing(on.database, { nowMs: NOW, silentBeforeUnixMs: 0 });
      await on.store.ingest(receivedAt([batchOf("n/2/c", 6, [call(AT)])]));
      await again();
      expect(await problems()).toEqual([]);
      await run();
      await on.store.ingest(receivedAt([batchOf("n/2/c", 1, [call(AT), call(AT)])]));
      await again();
      expect((await problems()).map(({ id }) => id)).toEqual(["MISSING/n/2/c/3"]);
      await on.store.ingest(receivedAt([batchOf("n/2/c", 3, [call(AT), call(AT), call(AT)])]));
      await again();
      expect(await countOpen(on.database)).toEqual({ MISSING: 0, LEDGER: 0, INVOICE: 0 });
    });

    it("finds an invoice that charges something else than is stored, and keeps the next one back", async () => {
      expect(await final()).toBe("INV-2026-000001");
      const all = "SET units = units * 1000 WHERE meter = 'rest.request'";
      await on.database.query(`UPDATE usage_units ${all}`);
      await on.database.query(`UPDATE usage_source_sums ${all}`);
      await run();
      const found = await problems();
      expect(found.map(({ id }) => id)).toContain(`INVOICE/${ACCOUNT}/INV-2026-000001/1`);
      expect(found.map(({ problem }) => problem)).toContainEqual(
        expect.stringMatching(/^INV-2026-000001: the usage of 2026-11 that is stored comes to .* EUR more/),
      );
      await expect(on.finalize(terms("2026-10"))).rejects.toThrow(/INV-2026-000001: the usage of 2026-11/);
      const other = { subscriptionId: "other", apiKeyIds: ["nobody"] };
      expect((await on.finalize(terms("2026-10", other))).document.number).toBe("INV-2026-000002");
    });

    it("looks at all days again within a day", async () => {
      await run();
      await on.database.query("DELETE FROM usage_records");
      let runs = 0;
      while ((await problems()).length < 3 && runs < 24) {
        await hourly();
        runs++;
      }
      expect((await problems()).map(({ id }) => id).sort()).toEqual([
        "LEDGER/2026-11-10T10/calls",
        "LEDGER/2026-11-10T11/calls",
        "LEDGER/2026-11-10T12/calls",
      ]);
      expect(runs).toBeGreaterThan(1);
    });

    it("is begun by one of several meterings each hour", async () => {
      const claims = await Promise.all([1, 2, 3].map(() => claimRun(on.database, NOW, HOUR)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await claimRun(on.database, NOW + HOUR - 1, HOUR)).toBe(false);
      expect(await claimRun(on.database, NOW + HOUR, HOUR)).toBe(true);
    });
  });
}
