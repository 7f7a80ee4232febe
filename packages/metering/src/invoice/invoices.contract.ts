import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { type GivenTerms, type InvoiceDocument, monthPeriod } from "@tollgate/billing";
import { ApiKind, FreeReason } from "@tollgate/proto/usage";
import { batchOf, type EventInit, receivedAt } from "../usage-store/batches.contract.ts";
import type { Database } from "../usage-store/database.ts";
import type { OpenDatabase } from "../usage-store/usage-store.contract.ts";
import { UsageStore } from "../usage-store/usage-store.ts";
import { explainLine } from "./explain-line.ts";
import { finalizeInvoice } from "./finalize-invoice.ts";
import { findInvoice, listInvoices } from "./invoice-store.ts";
import { previewInvoice } from "./preview-invoice.ts";

const ACCOUNT = "000000000000";
const ZONE = "Asia/Kolkata";
const HOUR = 3_600_000;
const october = monthPeriod("2026-10", ZONE);
const november = monthPeriod("2026-11", ZONE);

/** Tiers that are small, so that late usage crosses them. */
const planJson = (amount: string) =>
  JSON.stringify({
    currency: "EUR",
    versions: [
      {
        from: "2026-01-01",
        prices: [
          {
            id: "calls",
            model: "VOLUME",
            meter: "rest.request",
            included: 2,
            tiers: [{ upTo: 5, amount }, { amount: "0.005" }],
          },
          { id: "bytes", model: "PACKAGE", meter: "transfer.byte", size: 1000, amount: "0.013" },
          { id: "base", model: "FEE", amount: "9.99" },
        ],
        minimum: "0.05",
        tax: { rate: "19" },
      },
    ],
  });

const terms = (month: string, more: Partial<GivenTerms> = {}): GivenTerms => ({
  accountId: ACCOUNT,
  subscriptionId: "acme-pets",
  month,
  timeZone: ZONE,
  pricePlanJson: planJson("0.01"),
  customerJson: '{"name":"Acme"}',
  apiKeyIds: ["ada", "ben"],
  usagePlanIds: ["gold"],
  startAt: "2026-01-01",
  endAt: "",
  ...more,
});

const call = (atMs: number, more: EventInit = {}): EventInit => ({
  atMs,
  apiKeyId: "ada",
  usagePlanId: "gold",
  ...more,
});

const amounts = ({ lines }: InvoiceDocument) =>
  lines.map(({ kind, id, forMonth, amount }) => [kind === "ADJUSTMENT" ? forMonth : kind, id, amount]);

/** describeInvoices is the contract of invoices on a database. */
export function describeInvoices(name: string, open: OpenDatabase, runs: number): void {
  describe(name, () => {
    let database: Database;
    let store: UsageStore;
    let seq: number;
    beforeEach(async () => {
      const opened = await open();
      ({ database } = opened);
      store = await UsageStore.open(database);
      seq = 0;
      return async () => {
        await database[Symbol.asyncDispose]();
        await opened.close();
      };
    });

    const ingest = async (...events: readonly EventInit[]) => {
      await store.ingest(receivedAt([batchOf("n/0/a", seq + 1, events)]));
      seq += events.length;
    };
    const preview = (given: GivenTerms) => previewInvoice(database, given, 0);
    const finalize = (given: GivenTerms, more = {}) =>
      finalizeInvoice(database, {
        given,
        issueDate: "2026-12-02",
        acceptsMissingEvents: false,
        nowUnixMs: november.endUnixMs + HOUR,
        silentBeforeUnixMs: 0,
        ...more,
      });

    it("charge what keys of a subscription used under its plans in its month, and nothing else", async () => {
      await ingest(
        call(november.startUnixMs),
        call(november.endUnixMs - 1, { apiKeyId: "ben" }),
        call(november.startUnixMs + HOUR, { responseBytes: 11 * 1024 * 1024 }),
        call(november.startUnixMs - 1),
        call(november.endUnixMs),
        call(november.startUnixMs, { apiKeyId: "other" }),
        call(november.startUnixMs, { usagePlanId: "silver" }),
        call(november.startUnixMs, { accountId: "111111111111" }),
        call(november.startUnixMs, { freeReason: FreeReason.THROTTLED }),
      );
      const { lines, total, tax, net } = await preview(terms("2026-11"));
      expect(lines.map(({ id, quantity, amount }) => [id, quantity, amount])).toEqual([
        ["calls", "4", "0.02"],
        ["bytes", `${200 + 11 * 1024 * 1024}`, "149.96"],
        ["base", "0", "9.99"],
      ]);
      expect([net, tax, total]).toEqual(["159.97", "30.39", "190.36"]);
    });

    it("rate a whole account by the units of each kind of API", async () => {
      const at = november.startUnixMs + 24 * HOUR;
      await ingest(
        { atMs: at, apiKind: ApiKind.HTTP, requestBytes: 600 * 1024, responseBytes: 1 },
        { atMs: at, apiKind: ApiKind.HTTP },
        { atMs: at, apiKind: ApiKind.WEBSOCKET, messageCount: 3, responseBytes: 0 },
        { atMs: at, apiKind: ApiKind.WEBSOCKET, connectionMinutes: 7, responseBytes: 0 },
        { atMs: at, apiKind: ApiKind.REST, responseBytes: 0 },
        // What is sent by @connections is a message to a client.
        {
          atMs: at,
          apiKind: ApiKind.WEBSOCKET,
          method: "POST",
          path: "@connections",
          messageCount: 1,
          requestBytes: 1_000,
          responseBytes: 2,
        },
      );
      const own = { subscriptionId: "", apiKeyIds: [], usagePlanIds: [], pricePlanJson: "", startAt: "" };
      const { lines, currency } = await preview(terms("2026-11", { ...own, timeZone: "" }));
      expect([currency, lines.map(({ meter, quantity }) => [meter, quantity])]).toEqual([
        "USD",
        [
          ["rest.request", "1"],
          ["http.request", "3"],
          ["websocket.message", "4"],
          ["websocket.minute", "7"],
          ["transfer.byte", "1101"],
        ],
      ]);
    });

    it("that are final have numbers without holes, one for each month, and never change", async () => {
      await ingest(call(november.startUnixMs));
      const given = terms("2026-11");
      const [one, again] = await Promise.all([finalize(given), finalize(given)]);
      expect(again).toEqual(one);
      await expect(finalize(terms("2026-12"))).rejects.toThrow(
        /2026-12 is open until 2026-12-31T19:30:00.000Z/,
      );
      const other = await finalize(terms("2026-11", { subscriptionId: "other", apiKeyIds: ["eve"] }));
      const january = await finalize(terms("2026-10"), { issueDate: "2027-01-02" });
      expect([one, other, january].map(({ document }) => document.number)).toEqual([
        "INV-2026-000001",
        "INV-2026-000002",
        "INV-2027-000001",
      ]);
      await ingest(call(november.startUnixMs));
      expect(await finalize(terms("2026-11", { pricePlanJson: planJson("5") }))).toEqual(one);
      expect(await findInvoice(database, ACCOUNT, "INV-2026-000001")).toEqual(one);
      const listed = await listInvoices(database, {
        accountId: ACCOUNT,
        subscriptionId: "acme-pets",
        month: "",
      });
      expect(listed.map(({ document }) => document.number)).toEqual(["INV-2027-000001", "INV-2026-000001"]);
    });

    it("charge late usage of a month by its own prices, once, on a later invoice", async () => {
      const at = october.startUnixMs + HOUR;
      await ingest(...[0, 1, 2, 3].map(() => call(at)));
      const first = await finalize(terms("2026-10"));
      expect(amounts(first.document)).toEqual([
        ["USAGE", "calls", "0.02"],
        ["USAGE", "bytes", "0.01"],
        ["MINIMUM", "minimum", "0.02"],
        ["FEE", "base", "9.99"],
      ]);
      // 24 units more: the whole volume falls into the next tier, and the minimum is reached.
      await ingest(...Array.from({ length: 24 }, () => call(at)));
      const next = terms("2026-11", { pricePlanJson: planJson("1") });
      expect(amounts(await preview(next)).slice(2)).toEqual([
        ["2026-10", "calls", "0.11"],
        ["2026-10", "bytes", "0.03"],
        ["2026-10", "minimum", "-0.02"],
      ]);
      const second = await finalize(next);
      expect(second.document.lines.find(({ id }) => id === "calls")).toMatchObject({
        kind: "ADJUSTMENT",
        forMonth: "2026-10",
        taxRate: "19",
      });
      const third = await finalize(terms("2026-12"), { nowUnixMs: november.endUnixMs + 60 * 24 * HOUR });
      expect(amounts(third.document)).toEqual([
        ["MINIMUM", "minimum", "0.05"],
        ["FEE", "base", "9.99"],
      ]);
      expect(await findInvoice(database, ACCOUNT, first.document.number)).toEqual(first);
    });

    it("are not made of months that the subscription does not charge", async () => {
      await expect(finalize(terms("2026-10", { startAt: "2026-11-01" }))).rejects.toThrow(
        "'acme-pets' charges nothing in 2026-10: it starts later, or has ended before",
      );
      await expect(finalize(terms("2026-11", { endAt: "2026-11-01" }))).rejects.toThrow(
        /charges nothing in 2026-11/,
      );
      expect((await finalize(terms("2026-11"))).document.number).toBe("INV-2026-000001");
    });

    it("charge what arrives after the end of the subscription, in a month after it", async () => {
      const ended = { endAt: "2026-11-01" };
      await finalize(terms("2026-10", ended));
      await ingest(
        call(october.startUnixMs),
        call(october.startUnixMs),
        ...[1, 2, 3].map(() => call(october.startUnixMs)),
      );
      expect(amounts((await finalize(terms("2026-11", ended))).document)).toEqual([
        ["2026-10", "calls", "0.03"],
        ["2026-10", "bytes", "0.01"],
        ["2026-10", "minimum", "-0.04"],
      ]);
      await expect(
        finalize(terms("2026-12", ended), { nowUnixMs: november.endUnixMs + 60 * 24 * HOUR }),
      ).rejects.toThrow(/charges nothing in 2026-12/);
    });

    it("do not have a date that does not exist", async () => {
      await expect(finalize(terms("2026-11"), { issueDate: "2026-02-30" })).rejects.toThrow(
        "issue_date '2026-02-30' must be a date such as 2026-12-01",
      );
    });

    it("say what is missing before they are final", async () => {
      await store.ingest(receivedAt([batchOf("n/0/a", 3, [call(november.startUnixMs)])]));
      await expect(finalize(terms("2026-11"))).rejects.toThrow(/^2 usage events are missing/);
      const { document } = await finalize(terms("2026-11"), { acceptsMissingEvents: true });
      expect([document.number, document.missingEventCount]).toEqual(["INV-2026-000001", "2"]);
    });

    it.each<[string, Partial<GivenTerms>, RegExp]>([
      ["a month", { month: "2026-13" }, /month: '2026-13' must be a month such as 2026-11/],
      ["a zone", { timeZone: "Nowhere" }, /time_zone: 'Nowhere' is not a time zone of the IANA database/],
      ["a plan", { pricePlanJson: '{"currency":"EURO","versions":[]}' }, /the price plan is wrong/],
      ["a date", { endAt: "2026-02-30" }, /end_at: '2026-02-30' must be a date such as/],
      [
        "an instant",
        { startAt: "2026-11-10T10:07:00Z" },
        /start_at: '2026-11-10T10:07:00Z' must be at minute 00, 15, 30 or 45/,
      ],
      ["a customer", { customerJson: "{" }, /the customer is wrong/],
      [
        "too many keys",
        { apiKeyIds: Array.from({ length: 1_001 }, (_, i) => `k${i}`) },
        /at most 1000 api_key_ids/,
      ],
      ["keys", { apiKeyIds: [] }, /needs api_key_ids and usage_plan_ids/],
    ])("refuse %s that is wrong", async (_what, more, message) => {
      await expect(preview(terms("2026-11", more))).rejects.toThrow(message);
    });

    it("explain a line by the usage that it is made of", async () => {
      const at = november.startUnixMs + HOUR;
      await ingest(call(at), call(at + 1), call(at, { apiKeyId: "ben" }), call(at + 2 * HOUR));
      const { lines, usage } = await explainLine(database, terms("2026-11"), "calls");
      expect(lines[0]?.steps.map(({ kind, quantity }) => [kind, quantity])).toEqual([
        ["INCLUDED", "2"],
        ["UNITS", "2"],
      ]);
      expect(
        usage.map(({ startTimeUnixMs, apiKeyId, quantity }) => [
          Number(startTimeUnixMs) - at,
          apiKeyId,
          quantity,
        ]),
      ).toEqual([
        [0, "ada", 2n],
        [0, "ben", 1n],
        [2 * HOUR, "ada", 1n],
      ]);
      // Late usage that was charged in another currency is no part of the line.
      await finalize(terms("2026-10"));
      await ingest(...Array.from({ length: 9 }, () => call(october.startUnixMs)));
      const dollars = terms("2026-11", { pricePlanJson: planJson("0.01").replace("EUR", "USD") });
      await expect(preview(dollars)).rejects.toThrow(/charged in EUR and has late usage/);
      expect((await explainLine(database, dollars, "calls")).usage).toHaveLength(3);
      await expect(explainLine(database, terms("2026-11"), "nothing")).rejects.toThrow(
        "2026-11 has no line 'nothing'; it has calls, bytes, minimum, base",
      );
    });

    it("are the same in whatever order usage arrives, and however often", async () => {
      const batch = fc.record({
        atMs: fc.integer({ min: october.startUnixMs, max: november.endUnixMs - 1 }),
        responseBytes: fc.integer({ min: 0, max: 100_000 }),
        count: fc.integer({ min: 1, max: 4 }),
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(batch, { minLength: 1, maxLength: 8 }),
          fc.array(fc.nat({ max: 7 }), { maxLength: 20 }),
          fc.nat({ max: 7 }),
          async (given, order, finalAfter) => {
            run++;
            // Each run has two accounts of its own: one whose usage arrives in order and in time, and one whose does not.
            const accounts = [0, 1].map((i) => `${run}`.padStart(11, "0") + i);
            const batches = accounts.map((accountId) => {
              let first = 1;
              return given.map(({ atMs, responseBytes, count }) => {
                const events = Array.from({ length: count }, () => call(atMs, { accountId, responseBytes }));
                const value = batchOf(`n/${accountId}/a`, first, events);
                first += count;
                return value;
              });
            });
            const monthOf = (accountId: string | undefined, month: string) =>
              finalize(terms(month, { accountId: accountId ?? "" }), {
                acceptsMissingEvents: true,
                nowUnixMs: november.endUnixMs + 60 * 24 * HOUR,
              });
            await store.ingest(receivedAt(batches[0] ?? []));
            // Any batches in any order, some of them twice; then all, so that none is missing.
            const arriving = [...order.flatMap((at) => batches[1]?.[at] ?? []), ...(batches[1] ?? [])];
            const early = arriving.slice(0, finalAfter);
            await store.ingest(receivedAt(early));
            const inTime = await monthOf(accounts[0], "2026-10");
            const tooEarly = await monthOf(accounts[1], "2026-10");
            await store.ingest(receivedAt(arriving.slice(finalAfter)));
            const [whole, late] = [
              await monthOf(accounts[0], "2026-11"),
              await monthOf(accounts[1], "2026-11"),
            ];
            expect(charged(late, tooEarly)).toEqual(charged(whole, inTime));
            const stored = await Promise.all(
              [tooEarly, late].map(({ document }) =>
                findInvoice(database, document.accountId, document.number),
              ),
            );
            expect(stored).toEqual([tooEarly, late]);
            // The whole topic again: nothing is charged again.
            await store.ingest(receivedAt([...arriving, ...arriving]));
            expect(await monthOf(accounts[1], "2026-10")).toEqual(tooEarly);
            const afterwards = await monthOf(accounts[1], "2026-12");
            expect(afterwards.document.lines.filter(({ kind }) => kind === "ADJUSTMENT")).toEqual([]);
          },
        ),
        { numRuns: runs },
      );
    }, 120_000);
  });
}

/** What is charged for each price and month by invoices together, in cents. */
function charged(...invoices: readonly { readonly document: InvoiceDocument }[]): Record<string, number> {
  const cents: Record<string, number> = {};
  for (const { document } of invoices)
    for (const { forMonth, id, amount } of document.lines) {
      const name = `${forMonth || document.month} ${id}`;
      cents[name] = (cents[name] ?? 0) + Math.round(Number(amount) * 100);
    }
  return Object.fromEntries(Object.entries(cents).filter(([, value]) => value !== 0));
}
