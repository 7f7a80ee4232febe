import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import pg from "pg";
import { type GivenTerms, monthPeriod } from "@tollgate/billing";
import { givenSecret } from "@tollgate/telemetry";
import { finalizeInvoices } from "../../packages/metering/src/invoice/finalize-invoice.ts";
import type { Database } from "../../packages/metering/src/usage-store/database.ts";
import { openPostgres } from "../../packages/metering/src/usage-store/postgres.ts";
import { openSqlite } from "../../packages/metering/src/usage-store/sqlite.ts";
import { UsageStore } from "../../packages/metering/src/usage-store/usage-store.ts";
import { startPostgres } from "../kit/postgres.ts";
import { round } from "./cpu.ts";
import type { MeasuredReport } from "./report.ts";

const ACCOUNT = "000000000000";
const HOUR_MS = 3_600_000;
const ZONE = "Europe/Berlin";
const KEYS_EACH = 10;
const FIRST_MONTH = Date.UTC(2025, 9);
const MONTHS = Array.from({ length: 13 }, (_, i) => monthOf(i));
const METERS = ["rest.request", "transfer.byte"] as const;
/** Customers of one statement of the generator: a statement is given up after half a minute. */
const CUSTOMERS_AT_ONCE = 2_000;
/** Invoices of one call. */
const INVOICES_AT_ONCE = 100;
const MIB = 1_048_576;
/** How many customers the time of a run is given for. */
const CUSTOMERS_WANTED = 100_000;

function monthOf(index: number): string {
  const at = new Date(FIRST_MONTH);
  at.setUTCMonth(at.getUTCMonth() + index);
  return at.toISOString().slice(0, "2025-10".length);
}

const pricePlanJson = JSON.stringify({
  currency: "EUR",
  versions: [
    {
      from: "2025-01-01",
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
  timeZone: ZONE,
  pricePlanJson,
  customerJson: JSON.stringify({ name: `Customer ${customer}` }),
  apiKeyIds: Array.from({ length: KEYS_EACH }, (_, key) => `k${customer}-${key}`),
  usagePlanIds: ["gold"],
  startAt: "",
  endAt: "",
});

/** What customers from $1 on and before $2 used in a month: each key calls in one hour of it, which differs from key to key. */
const USAGE_OF_MONTH = `WITH RECURSIVE customers(customer) AS (SELECT $1 + 0 UNION ALL SELECT customer + 1 FROM customers WHERE customer + 1 < $2 + 0),
  keys(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM keys WHERE number + 1 < ${KEYS_EACH})
  INSERT INTO usage_units (account_id, slot_unix_ms, meter, api_id, stage, usage_plan_id, api_key_id, free_reason, units)
  SELECT '${ACCOUNT}', CAST($3 AS BIGINT) + CAST((customer + 67 * number) % 660 AS BIGINT) * ${HOUR_MS}, meters.meter, 'load000001', 'live', 'gold',
    'k' || customer || '-' || number, 0, 1 + (customer + number) % 50
  FROM customers, keys, (SELECT '${METERS[0]}' AS meter UNION ALL SELECT '${METERS[1]}') AS meters`;

/** Indexes that rows are found by, and that it takes less time to make when all rows are there. */
const INDEXES = {
  usage_units_of_keys: "usage_units (account_id, api_key_id, slot_unix_ms)",
  usage_units_of_slots: "usage_units (slot_unix_ms)",
} as const;

/** RunSql runs a statement of any length: metering's own connections give one up after half a minute. */
type RunSql = (sql: string, parameters?: readonly (string | number)[]) => Promise<unknown>;

async function fill(runSql: RunSql, customers: number): Promise<void> {
  for (const name of Object.keys(INDEXES)) await runSql(`DROP INDEX ${name}`);
  for (const month of MONTHS) {
    const { startUnixMs } = monthPeriod(month, ZONE);
    for (let from = 0; from < customers; from += CUSTOMERS_AT_ONCE)
      await runSql(USAGE_OF_MONTH, [from, Math.min(from + CUSTOMERS_AT_ONCE, customers), startUnixMs]);
  }
  for (const [name, on] of Object.entries(INDEXES)) await runSql(`CREATE INDEX ${name} ON ${on}`);
  await runSql("ANALYZE");
}

/** The invoices of the first month once more for each month before the last: whoever makes one more looks at all that there are. */
async function repeatInvoices(runSql: RunSql): Promise<void> {
  const [first, ...later] = MONTHS.slice(0, -1);
  for (const [i, month] of later.entries()) {
    await runSql(
      `INSERT INTO invoices (account_id, number, subscription_id, month, document, terms, sha256)
       SELECT account_id, REPLACE(number, 'INV-', 'INV${i}-'), subscription_id, '${month}', REPLACE(document, '${first}', '${month}'),
         REPLACE(terms, '${first}', '${month}'), sha256 FROM invoices WHERE month = '${first}'`,
    );
    await runSql(
      `INSERT INTO rated_months (account_id, subscription_id, month, change_count)
       SELECT account_id, subscription_id, '${month}', change_count FROM rated_months WHERE month = '${first}'`,
    );
  }
  await runSql("ANALYZE");
}

/** Makes the invoices of all customers for a month, a call for some of them after the other, and returns for how many seconds of the clock and of this process. */
async function run(database: Database, customers: number, month: string) {
  const nowUnixMs = Date.UTC(2026, 11, 1);
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  for (let from = 0; from < customers; from += INVOICES_AT_ONCE) {
    const count = Math.min(INVOICES_AT_ONCE, customers - from);
    const given = Array.from({ length: count }, (_, i) => termsOf(from + i, month));
    const made = await finalizeInvoices(database, given, {
      actor: "load",
      issueDate: "2026-12-01",
      acceptsMissingEvents: false,
      nowUnixMs,
      silentBeforeUnixMs: 0,
    });
    for (const one of made) if ("refused" in one) throw one.refused;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1_000_000 };
}

/** What is kept in memory, in MB, without what is not needed any more: how much of that is there depends on when it was collected last. */
function keptMb(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MIB;
}

/** Time for all invoices of the first month, and of the thirteenth, which looks at those of the twelve before. */
async function measure(name: string, database: Database, runSql: RunSql, customers: number) {
  await UsageStore.open(database);
  const filling = performance.now();
  await fill(runSql, customers);
  const filled = (performance.now() - filling) / 1_000;
  const first = await run(database, customers, MONTHS[0] as string);
  await repeatInvoices(runSql);
  const [before, keptBefore] = [process.memoryUsage.rss(), keptMb()];
  const last = await run(database, customers, MONTHS.at(-1) as string);
  return {
    [`${name}_fill_s`]: round(filled, 0),
    [`${name}_first_month_ms_each`]: round((first.seconds * 1_000) / customers, 2),
    [`${name}_thirteenth_month_ms_each`]: round((last.seconds * 1_000) / customers, 2),
    [`${name}_thirteenth_month_cpu_ms_each`]: round((last.cpuSeconds * 1_000) / customers, 2),
    [`${name}_invoices_per_s`]: round(customers / last.seconds, 0),
    [`${name}_mb_grown`]: round((process.memoryUsage.rss() - before) / MIB, 0),
    [`${name}_kept_mb_grown`]: round(keptMb() - keptBefore, 1),
    [`${name}_peak_mb`]: round(process.resourceUsage().maxRSS / 1_024, 0),
  };
}

const valuesOf = (name: string, figures: Readonly<Record<string, number>>): readonly number[] =>
  figures[name] === undefined ? [] : [figures[name]];

/** The embedded store is measured with few customers: it is for one machine. */
const EMBEDDED_MAX = 10_000;

/**
 * invoices makes the invoices of a month for many customers, each with ten keys, 13 months of usage and invoices of the twelve months before, in one
 * process: time for each, and how much the memory of the process grows.
 */
export async function invoices({
  customers,
}: {
  readonly customers: number;
}): Promise<MeasuredReport<"invoices">> {
  await using scope = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-invoices-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const figures: Record<string, number> = { customers, keys: customers * KEYS_EACH, months: MONTHS.length };
  if (customers <= EMBEDDED_MAX) {
    await using database = openSqlite(join(folder, "invoices.db"));
    Object.assign(figures, await measure("embedded", database, database.query, customers));
  }
  const postgres = scope.use(await startPostgres());
  const client = new pg.Client(postgres.url);
  await client.connect();
  scope.defer(() => client.end());
  await using database = openPostgres(givenSecret(postgres.url));
  const runSql: RunSql = (sql, parameters = []) => client.query(sql, [...parameters]);
  const found = await measure("postgresql", database, runSql, customers);
  const eachMs = found["postgresql_thirteenth_month_ms_each"] ?? Number.NaN;
  return {
    figures: { ...figures, ...found },
    ratios: {},
    measured: {
      embedded_kept_mb_grown: valuesOf("embedded_kept_mb_grown", figures),
      postgresql_kept_mb_grown: valuesOf("postgresql_kept_mb_grown", found),
      postgresql_peak_mb: valuesOf("postgresql_peak_mb", found),
      run_of_100000_s: [round((eachMs * CUSTOMERS_WANTED) / 1_000, 0)],
    },
  };
}
