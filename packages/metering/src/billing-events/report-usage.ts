import { USAGE_REPORTED } from "@tollgate/config";
import type { Database, Session } from "../usage-store/database.ts";
import { endOfWindows } from "../usage-store/units-to-report.ts";
import { addEvent } from "./add-event.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Stripe takes usage of the last 35 days. */
const TAKEN_MS = 34 * DAY_MS;
/** So long, what was reported is kept: nothing is added to it but by brokers whose clocks were turned back. */
const KEPT_MS = 3 * DAY_MS;
/** Nobody asks for these any more. */
const FORGOTTEN_MS = 40 * DAY_MS;
const EVENTS_AT_ONCE = 500;

export interface UsageReportOptions {
  readonly accountId: string;
  readonly meter: string;
  readonly nowMs: number;
  /** All usage that was received before this time is counted. */
  readonly countedUntilMs: number;
}

type Meter = Pick<UsageReportOptions, "accountId" | "meter">;

const instant = (unixMs: number): string => new Date(unixMs).toISOString();

/** Whether windows have ended since usage of a meter was reported last. At first, that is from the next hour on: counting does not note what is before. */
async function isDue(
  session: Session,
  { accountId, meter, nowMs }: UsageReportOptions,
  untilMs: number,
): Promise<boolean> {
  const nextHour = Math.floor(nowMs / HOUR_MS) * HOUR_MS + HOUR_MS;
  const [row] = await session.query(
    `INSERT INTO usage_reports (account_id, meter, from_unix_ms, until_unix_ms) VALUES ($1, $2, $3, $3)
     ON CONFLICT (account_id, meter) DO UPDATE SET until_unix_ms = usage_reports.until_unix_ms
     RETURNING until_unix_ms`,
    [accountId, meter, nextHour],
  );
  return Number(row?.["until_unix_ms"]) < untilMs;
}

/** What is not reported of windows that have ended, the oldest first. */
const listUnreported = (session: Session, { accountId, meter }: Meter, untilMs: number) =>
  session.query(
    `SELECT window_unix_ms, customer_id, hour_unix_ms, units, reported FROM usage_to_report
     WHERE account_id = $1 AND meter = $2 AND window_unix_ms < $3 AND hour_unix_ms >= $4 AND units > reported
     ORDER BY window_unix_ms, customer_id, hour_unix_ms LIMIT ${EVENTS_AT_ONCE}`,
    [accountId, meter, untilMs, untilMs - TAKEN_MS],
  );

type Unreported = Awaited<ReturnType<typeof listUnreported>>[number];

/**
 * Writes an event of what is more in a row than was reported of it. What names it is the place of these units, and not how many there are: whoever counts the
 * topic again, with a database that has lost the event, writes the same.
 */
async function report(session: Session, { accountId, meter, nowMs }: UsageReportOptions, row: Unreported) {
  const customerId = String(row["customer_id"]);
  const [windowMs, hourMs] = [Number(row["window_unix_ms"]), Number(row["hour_unix_ms"])];
  const [units, reported] = [Number(row["units"]), Number(row["reported"])];
  const content = {
    customerId,
    meter,
    start: instant(hourMs),
    end: instant(hourMs + HOUR_MS),
    units: units - reported,
  };
  await addEvent(
    session,
    { accountId, type: USAGE_REPORTED, subject: customerId, timeUnixMs: nowMs, content },
    `${meter} ${hourMs} ${windowMs} ${reported}`,
  );
  await session.query(
    `UPDATE usage_to_report SET reported = $6
     WHERE account_id = $1 AND meter = $2 AND window_unix_ms = $3 AND customer_id = $4 AND hour_unix_ms = $5`,
    [accountId, meter, windowMs, customerId, hourMs, units],
  );
}

/**
 * reportUsage writes an event of what customers of an account used of a meter in each hour, once all that was received until some minutes after the hour is
 * counted. What is received later is another event of the same hour. It begins with the hour after the one in which it is first asked. Returns how many
 * events were written: 500 may not be all.
 */
export const reportUsage = (database: Database, options: UsageReportOptions): Promise<number> =>
  database.transaction(async (session) => {
    const { accountId, meter, countedUntilMs } = options;
    const untilMs = endOfWindows(countedUntilMs);
    if (!(await isDue(session, options, untilMs))) return 0;
    const rows = await listUnreported(session, options, untilMs);
    for (const row of rows) await report(session, options, row);
    if (rows.length === EVENTS_AT_ONCE) return rows.length;
    await session.query("UPDATE usage_reports SET until_unix_ms = $3 WHERE account_id = $1 AND meter = $2", [
      accountId,
      meter,
      untilMs,
    ]);
    await session.query(
      "DELETE FROM usage_to_report WHERE account_id = $1 AND meter = $2 AND window_unix_ms < $3",
      [accountId, meter, untilMs - KEPT_MS],
    );
    return rows.length;
  });

/** forgetReports forgets meters for which nobody has asked for long, with what was not reported of them. */
export async function forgetReports(session: Session, nowMs: number): Promise<void> {
  const forgotten = await session.query(
    "DELETE FROM usage_reports WHERE until_unix_ms < $1 RETURNING account_id, meter",
    [nowMs - FORGOTTEN_MS],
  );
  for (const row of forgotten)
    await session.query("DELETE FROM usage_to_report WHERE account_id = $1 AND meter = $2", [
      String(row["account_id"]),
      String(row["meter"]),
    ]);
}
