import fc from "fast-check";
import { expect, it } from "vitest";
import type { InvoiceDocument } from "@tollgate/billing";
import { FreeReason } from "@tollgate/proto/usage";
import { batchOf, receivedAt } from "../usage-store/batches.contract.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { findInvoice } from "./invoice-store.ts";
import {
  ACCOUNT,
  amounts,
  call,
  deed,
  HOUR,
  november,
  october,
  planJson,
  terms,
  useInvoicing,
} from "./invoicing.contract.ts";
import { previewInvoice } from "./preview-invoice.ts";

/** What arrives after its invoice is charged by a later one. */
export function describeLateUsage(open: OpenDatabase, runs: number): void {
  const on = useInvoicing(open);

  it("charge late usage of a month by its own prices, once, on a later invoice", async () => {
    const at = october.startUnixMs + HOUR;
    await on.ingest(...[0, 1, 2, 3].map(() => call(at)));
    const first = await on.finalize(terms("2026-10"));
    expect(amounts(first.document)).toEqual([
      ["USAGE", "calls", "0.02"],
      ["USAGE", "bytes", "0.01"],
      ["MINIMUM", "minimum", "0.02"],
      ["FEE", "base", "9.99"],
    ]);
    // 24 units more: the whole volume falls into the next tier, and the minimum is reached.
    await on.ingest(...Array.from({ length: 24 }, () => call(at)));
    const next = terms("2026-11", { pricePlanJson: planJson("1") });
    expect(amounts(await on.preview(next)).slice(2)).toEqual([
      ["2026-10", "calls", "0.11"],
      ["2026-10", "bytes", "0.03"],
      ["2026-10", "minimum", "-0.02"],
    ]);
    const second = await on.finalize(next);
    expect(second.document.lines.find(({ id }) => id === "calls")).toMatchObject({
      kind: "ADJUSTMENT",
      forMonth: "2026-10",
      taxRate: "19",
    });
    const third = await on.finalize(terms("2026-12"), { nowUnixMs: november.endUnixMs + 60 * 24 * HOUR });
    expect(amounts(third.document)).toEqual([
      ["MINIMUM", "minimum", "0.05"],
      ["FEE", "base", "9.99"],
    ]);
    expect(await findInvoice(on.database, ACCOUNT, first.document.number)).toEqual(first);
  });

  it("charge what arrives after the end of the subscription, in a month after it", async () => {
    const ended = { endAt: "2026-11-01" };
    await on.finalize(terms("2026-10", ended));
    await on.ingest(
      call(october.startUnixMs),
      call(october.startUnixMs),
      ...[1, 2, 3].map(() => call(october.startUnixMs)),
    );
    expect(amounts((await on.finalize(terms("2026-11", ended))).document)).toEqual([
      ["2026-10", "calls", "0.03"],
      ["2026-10", "bytes", "0.01"],
      ["2026-10", "minimum", "-0.04"],
    ]);
    await expect(
      on.finalize(terms("2026-12", ended), { nowUnixMs: november.endUnixMs + 60 * 24 * HOUR }),
    ).rejects.toThrow(/charges nothing in 2026-12/);
  });

  it("carry forward what would make an invoice negative, to the next one that charges enough", async () => {
    // Five calls at 2.00, two of them included; the sixth makes all of them cheap.
    const given = (month: string, more = {}) =>
      terms(month, { pricePlanJson: planWithoutFee("2.00"), ...more });
    const at = october.startUnixMs + HOUR;
    await on.ingest(...[1, 2, 3, 4, 5].map(() => call(at)));
    const first = await on.finalize(given("2026-10"));
    expect([first.document.net, first.document.total]).toEqual(["6.00", "7.14"]);
    await on.ingest(call(at), ...[1, 2, 3].map(() => call(november.startUnixMs)));
    const second = await on.finalize(given("2026-11"));
    expect(amounts(second.document)).toEqual([
      ["USAGE", "calls", "2.00"],
      ["2026-10", "calls", "-5.98"],
      ["CARRIED", "carried", "3.98"],
    ]);
    expect([second.document.net, second.document.tax, second.document.total]).toEqual([
      "0.00",
      "0.00",
      "0.00",
    ]);
    await on.ingest(...[1, 2, 3, 4].map(() => call(november.endUnixMs)));
    const third = await on.finalize(given("2026-12"), deed);
    expect(amounts(third.document)).toEqual([
      ["USAGE", "calls", "4.00"],
      ["CARRIED", "carried", "-3.98"],
    ]);
    expect([third.document.net, third.document.tax, third.document.total]).toEqual(["0.02", "0.00", "0.02"]);
    // It is used up, and was never late usage.
    expect(amounts(await on.preview(given("2027-01")))).toEqual([]);
    // In another currency it waits.
    const dollars = given("2027-01", { pricePlanJson: planWithoutFee("2.00").replace("EUR", "USD") });
    expect(amounts(await on.preview(dollars))).toEqual([]);
  });

  it("rate months again only that have usage which no invoice charged", async () => {
    const at = october.startUnixMs + HOUR;
    const read: string[] = [];
    const watched = {
      add: on.database.add,
      query: (sql: string, parameters: readonly (string | number)[] = []) => {
        if (sql.includes("FROM usage_units")) read.push(new Date(Number(parameters[2])).toISOString());
        return on.database.query(sql, parameters);
      },
    };
    const monthsRead = async () => {
      read.length = 0;
      await previewInvoice(watched, terms("2026-11"), 0);
      return read.map((start) => start.slice(0, "2026-09".length));
    };
    // November of this zone begins on 31 October in UTC.
    const [own, earlier] = ["2026-10", "2026-09"];
    await on.ingest(call(at));
    await on.finalize(terms("2026-10"));
    expect(await monthsRead()).toEqual([own]);
    for (const other of [
      { apiKeyId: "eve" },
      { usagePlanId: "silver" },
      { freeReason: FreeReason.THROTTLED },
    ])
      await on.ingest(call(at, other));
    await on.ingest(call(november.startUnixMs + 48 * HOUR));
    expect(await monthsRead()).toEqual([own]);
    await on.ingest(call(at, { apiKeyId: "ben" }));
    expect(await monthsRead()).toEqual([own, earlier]);
    await on.finalize(terms("2026-11"));
    await on.ingest(call(november.endUnixMs));
    expect(await monthsRead()).toEqual([own]);
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
            on.finalize(terms(month, { accountId: accountId ?? "" }), {
              acceptsMissingEvents: true,
              nowUnixMs: november.endUnixMs + 60 * 24 * HOUR,
            });
          await on.store.ingest(receivedAt(batches[0] ?? []));
          // Any batches in any order, some of them twice; then all, so that none is missing.
          const arriving = [...order.flatMap((at) => batches[1]?.[at] ?? []), ...(batches[1] ?? [])];
          const early = arriving.slice(0, finalAfter);
          await on.store.ingest(receivedAt(early));
          const inTime = await monthOf(accounts[0], "2026-10");
          const tooEarly = await monthOf(accounts[1], "2026-10");
          await on.store.ingest(receivedAt(arriving.slice(finalAfter)));
          const [whole, late] = [
            await monthOf(accounts[0], "2026-11"),
            await monthOf(accounts[1], "2026-11"),
          ];
          expect(charged(late, tooEarly)).toEqual(charged(whole, inTime));
          const stored = await Promise.all(
            [tooEarly, late].map(({ document }) =>
              findInvoice(on.database, document.accountId, document.number),
            ),
          );
          expect(stored).toEqual([tooEarly, late]);
          // The whole topic again: nothing is charged again.
          await on.store.ingest(receivedAt([...arriving, ...arriving]));
          expect(await monthOf(accounts[1], "2026-10")).toEqual(tooEarly);
          const afterwards = await monthOf(accounts[1], "2026-12");
          expect(afterwards.document.lines.filter(({ kind }) => kind === "ADJUSTMENT")).toEqual([]);
        },
      ),
      { numRuns: runs },
    );
  }, 120_000);
}

/** A volume price alone. */
const planWithoutFee = (amount: string) =>
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
        ],
        tax: { rate: "19" },
      },
    ],
  });

/** What is charged for each price and month by invoices together, in cents. */
function charged(...invoices: readonly { readonly document: InvoiceDocument }[]): Record<string, number> {
  const cents: Record<string, number> = {};
  for (const { document } of invoices)
    for (const { kind, forMonth, id, amount } of document.lines) {
      if (kind === "CARRIED") continue;
      const name = `${forMonth || document.month} ${id}`;
      cents[name] = (cents[name] ?? 0) + Math.round(Number(amount) * 100);
    }
  return Object.fromEntries(Object.entries(cents).filter(([, value]) => value !== 0));
}
