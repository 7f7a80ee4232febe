import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GivenTerms, monthPeriod } from "@tollgate/billing";
import { givenSecret } from "@tollgate/telemetry";
import { finalizeInvoice } from "../../packages/metering/src/invoice/finalize-invoice.ts";
import type { Database } from "../../packages/metering/src/usage-store/database.ts";
import { unitsTable } from "../../packages/metering/src/usage-store/key-units.ts";
import { openPostgres } from "../../packages/metering/src/usage-store/postgres.ts";
import { openSqlite } from "../../packages/metering/src/usage-store/sqlite.ts";
import { UsageStore } from "../../packages/metering/src/usage-store/usage-store.ts";
import { startPostgres } from "../kit/postgres.ts";
import { round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";

const ACCOUNT = "000000000000";
const HOUR_MS = 3_600_000;
const MONTHS = ["2026-09", "2026-10"] as const;
/** Hours of a month in which a customer calls, and meters of each call. */
const ACTIVE_HOURS = 100;
const METERS = ["rest.request", "transfer.byte"] as const;
const CUSTOMERS_AT_ONCE = 100;

const pricePlanJson = JSON.stringify({
  currency: "EUR",
  versions: [
    {
      from: "2026-01-01",
      prices: [
        { id: "base", model: "FEE", amount: "9.00" },
        {
          id: "calls",
          model: "GRADUATED",
          meter: "rest.request",
          included: 100,
          per: 1000,
          tiers: [{ upTo: 10_000, amount: "4.00" }, { amount: "3.00" }],
        },
        { id: "bytes", model: "FLAT", meter: "transfer.byte", per: 1_073_741_824, amount: "0.09" },
      ],
      tax: { rate: "19" },
    },
  ],
});

const termsOf = (customer: number, month: string): GivenTerms => ({
  accountId: ACCOUNT,
  subscriptionId: `customer-${customer}`,
  month,
  timeZone: "Europe/Berlin",
  pricePlanJson,
  customerJson: JSON.stringify({ name: `Customer ${customer}` }),
  apiKeyIds: [`k${customer}`],
  usagePlanIds: ["gold"],
  startAt: "",
  endAt: "",
});

/** What one customer used in a month: as metering stores it, without the events that it is made of. */
const usageOf = (customer: number, month: string) => {
  const { startUnixMs, endUnixMs } = monthPeriod(month, "Europe/Berlin");
  const step = Math.floor((endUnixMs - startUnixMs) / ACTIVE_HOURS / HOUR_MS) * HOUR_MS;
  return Array.from({ length: ACTIVE_HOURS }, (_, hour) =>
    METERS.map((meter) => [
      ACCOUNT,
      startUnixMs + hour * step,
      meter,
      "load000001",
      "live",
      "gold",
      `k${customer}`,
      0,
      1 + ((customer + hour) % 50),
    ]),
  ).flat();
};

async function fill(database: Database, customers: number): Promise<void> {
  for (let from = 0; from < customers; from += CUSTOMERS_AT_ONCE)
    await database.transaction(async (session) => {
      const some = Array.from({ length: Math.min(CUSTOMERS_AT_ONCE, customers - from) }, (_, i) => from + i);
      const unitCounts = some.flatMap((customer) => MONTHS.flatMap((month) => usageOf(customer, month)));
      await session.add(unitsTable, unitCounts);
    });
}

/** Makes the invoices of all customers for a month, one after the other, and returns how long each took in milliseconds. */
async function run(database: Database, customers: number, month: string): Promise<number> {
  const nowUnixMs = Date.UTC(2026, 11, 1);
  const began = performance.now();
  for (let customer = 0; customer < customers; customer++)
    await finalizeInvoice(database, {
      actor: "load",
      given: termsOf(customer, month),
      issueDate: "2026-12-01",
      acceptsMissingEvents: false,
      nowUnixMs,
      silentBeforeUnixMs: 0,
    });
  return (performance.now() - began) / customers;
}

/**
 * invoices makes the invoices of two months for many customers with generated usage, on both databases: time for each, and how much the memory of
 * the process grows. The second month looks at the first again.
 */
export async function invoices({ customers }: { readonly customers: number }): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-invoices-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const postgres = scope.use(await startPostgres());
  const figures: Record<string, number> = { customers, quarters_of_an_hour_each: ACTIVE_HOURS };
  for (const [name, open] of [
    ["embedded", () => openSqlite(join(folder, "invoices.db"))],
    ["postgresql", () => openPostgres(givenSecret(postgres.url))],
  ] as const) {
    await using database = open();
    await UsageStore.open(database);
    await fill(database, customers);
    const before = process.memoryUsage.rss();
    for (const month of MONTHS)
      figures[`${name}_${month}_ms_each`] = round(await run(database, customers, month), 2);
    figures[`${name}_mb_grown`] = round((process.memoryUsage.rss() - before) / 1_048_576, 0);
  }
  return { figures, ratios: {} };
}
