import type { Database, Session } from "../usage-store/database.ts";
import { compareInvoices, nextSubscriptions, type SubscriptionName } from "./compare-invoices.ts";
import { compareLedger, type Span } from "./compare-ledger.ts";
import { compareSources, NAMED_MAX } from "./compare-sources.ts";
import { countOpen, hoursKnown, saveDifferences } from "./differences.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What is compared again in each run: hours that usage still arrives of, and those that clocks ahead of ours are in. */
const RECENT_MS = 26 * HOUR_MS;
const AHEAD_MS = 2 * DAY_MS;
/** Usage before is not compared any more. */
const COMPARED_MS = 93 * DAY_MS;
/** Earlier days that each run compares again: all of them within a day. */
const SLICES = 4;

const hourOf = (unixMs: number): number => Math.floor(unixMs / HOUR_MS) * HOUR_MS;

/** The first hour that is still compared. */
const earliestHour = (nowMs: number): number => hourOf(nowMs - COMPARED_MS);

interface Reconciliation {
  readonly begunUnixMs: number;
  readonly endedUnixMs: number;
  readonly untilUnixMs: number;
  readonly sliceUnixMs: number;
  readonly cursor: SubscriptionName;
}

/** readReconciliation is how far usage is compared, and when a run began and ended. */
export async function readReconciliation(session: Session): Promise<Reconciliation> {
  const [row] = await session.query("SELECT * FROM usage_reconciliation WHERE id = 1");
  return {
    begunUnixMs: Number(row?.["begun_unix_ms"] ?? 0),
    endedUnixMs: Number(row?.["ended_unix_ms"] ?? 0),
    untilUnixMs: Number(row?.["until_unix_ms"] ?? 0),
    sliceUnixMs: Number(row?.["slice_unix_ms"] ?? 0),
    cursor: {
      accountId: String(row?.["cursor_account"] ?? ""),
      subscriptionId: String(row?.["cursor_subscription"] ?? ""),
    },
  };
}

/** claimRun is true for one of the meterings of a database each `everyMs`. */
export async function claimRun(session: Session, nowMs: number, everyMs: number): Promise<boolean> {
  const rows = await session.query(
    "UPDATE usage_reconciliation SET begun_unix_ms = $1 WHERE id = 1 AND begun_unix_ms <= $2 RETURNING id",
    [nowMs, nowMs - everyMs],
  );
  return rows.length > 0;
}

async function compareSpan(database: Database, span: Span, nowMs: number): Promise<void> {
  const found = await compareLedger(database, span);
  const { startUnixMs, endUnixMs } = span;
  const where = "start_unix_ms >= $2 AND start_unix_ms < $3";
  const looked = { kind: "LEDGER", where, parameters: [startUnixMs, endUnixMs] } as const;
  await database.transaction((session) => saveDifferences(session, looked, found, nowMs));
}

/** The first hour with usage that is compared. */
async function firstHour(session: Session, nowMs: number): Promise<number> {
  const earliest = earliestHour(nowMs);
  const [row] = await session.query(
    "SELECT MIN(hour_unix_ms) AS hour FROM usage_source_sums WHERE hour_unix_ms >= $1",
    [earliest],
  );
  return Math.max(earliest, Number(row?.["hour"] ?? hourOf(nowMs)));
}

/** compareUntil compares the hours before an instant that were not compared since they ended, day by day: a statement reads one day at most. */
export async function compareUntil(database: Database, endUnixMs: number, nowMs: number): Promise<void> {
  const { untilUnixMs } = await readReconciliation(database);
  const end = Math.min(hourOf(endUnixMs), hourOf(nowMs));
  if (untilUnixMs >= end) return;
  let start = Math.max(untilUnixMs, await firstHour(database, nowMs));
  while (start < end) {
    const next = Math.min(start + DAY_MS, end);
    await compareSpan(database, { startUnixMs: start, endUnixMs: next }, nowMs);
    start = next;
  }
  await database.query(
    "UPDATE usage_reconciliation SET until_unix_ms = $1 WHERE id = 1 AND until_unix_ms < $1",
    [end],
  );
}

/** Days before the recent hours, a few in each run; returns where the next run goes on. */
async function compareSlices(database: Database, sliceUnixMs: number, nowMs: number): Promise<number> {
  const recent = hourOf(nowMs) - RECENT_MS;
  const first = await firstHour(database, nowMs);
  let start = sliceUnixMs;
  for (let i = 0; i < SLICES && first < recent; i++) {
    if (start < first || start >= recent) start = first;
    const end = Math.min(start + DAY_MS, recent);
    await compareSpan(database, { startUnixMs: start, endUnixMs: end }, nowMs);
    start = end;
    if (i > 0 && start >= recent && first + DAY_MS >= recent) break;
  }
  return start;
}

async function compareMissing(database: Database, silentBeforeUnixMs: number, nowMs: number): Promise<void> {
  const found = await compareSources(database, silentBeforeUnixMs);
  const where = found.length < NAMED_MAX ? "1 = 1" : "1 = 0";
  const looked = { kind: "MISSING", where, parameters: [] } as const;
  await database.transaction((session) => saveDifferences(session, looked, found, nowMs));
}

/** refreshMissing compares the events of sources again where some were missing: they may have arrived since, and others of the same source may be left. */
export async function refreshMissing(
  database: Database,
  { nowMs, silentBeforeUnixMs }: ReconcileOptions,
): Promise<void> {
  const { MISSING } = await countOpen(database);
  if (MISSING > 0) await compareMissing(database, silentBeforeUnixMs, nowMs);
}

/** Some subscriptions, in turn; returns the last one. */
async function compareSome(
  database: Database,
  cursor: SubscriptionName,
  nowMs: number,
): Promise<SubscriptionName> {
  const some = await nextSubscriptions(database, cursor);
  for (const of of some) {
    const found = await compareInvoices(database, of);
    const where = "account_id = $2 AND subscription_id = $3";
    const looked = { kind: "INVOICE", where, parameters: [of.accountId, of.subscriptionId] } as const;
    await database.transaction((session) => saveDifferences(session, looked, found, nowMs));
  }
  return some.at(-1) ?? { accountId: "", subscriptionId: "" };
}

export interface ReconcileOptions {
  readonly nowMs: number;
  /** Sources that were not heard of since then are silent. */
  readonly silentBeforeUnixMs: number;
}

/**
 * reconcile compares what nodes say they recorded, what sources sent, what is stored of it, and what invoices charge. What does not agree is stored,
 * and keeps the invoices that it is about from becoming final until it agrees again, an audit confirms what is stored, or somebody accepts it.
 */
export async function reconcile(
  database: Database,
  { nowMs, silentBeforeUnixMs }: ReconcileOptions,
): Promise<void> {
  await compareUntil(database, nowMs, nowMs);
  const { sliceUnixMs, cursor } = await readReconciliation(database);
  const hour = hourOf(nowMs);
  await compareSpan(database, { startUnixMs: hour - RECENT_MS, endUnixMs: hour }, nowMs);
  await compareSpan(database, { startUnixMs: hour, endUnixMs: hour + AHEAD_MS }, nowMs);
  for (const known of await hoursKnown(database, earliestHour(nowMs)))
    await compareSpan(database, { startUnixMs: known, endUnixMs: known + HOUR_MS }, nowMs);
  const slice = await compareSlices(database, sliceUnixMs, nowMs);
  await compareMissing(database, silentBeforeUnixMs, nowMs);
  const last = await compareSome(database, cursor, nowMs);
  await database.query(
    "UPDATE usage_reconciliation SET ended_unix_ms = $1, slice_unix_ms = $2, cursor_account = $3, cursor_subscription = $4 WHERE id = 1",
    [nowMs, slice, last.accountId, last.subscriptionId],
  );
}
