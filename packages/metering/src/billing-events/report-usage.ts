import { USAGE_REPORTED } from "@tollgate/config";
import type { Database, Session } from "../usage-store/database.ts";
import { addEvent } from "./add-event.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** So long after its end, most usage of an hour is counted; what comes later is reported later. */
const SETTLED_MS = 300_000;
/** Hours that are compared again each hour, and once a day: Stripe takes usage of the last 35 days. */
const COMPARED_MS = 2 * DAY_MS;
const COMPARED_DAILY_MS = 34 * DAY_MS;
const FORGOTTEN_MS = 40 * DAY_MS;
const EVENTS_AT_ONCE = 500;

export interface UsageReportOptions {
  readonly accountId: string;
  readonly meter: string;
  readonly nowMs: number;
}

const hourOf = (unixMs: number): number => Math.floor(unixMs / HOUR_MS) * HOUR_MS;
const instant = (unixMs: number): string => new Date(unixMs).toISOString();

/** From which hour on the usage of a meter is compared; undefined: it was compared in this hour. */
async function compareFrom(
  session: Session,
  { accountId, meter }: UsageReportOptions,
  untilMs: number,
): Promise<number | undefined> {
  const [row] = await session.query(
    `INSERT INTO usage_reports (account_id, meter, from_unix_ms, until_unix_ms) VALUES ($1, $2, $3, $3)
     ON CONFLICT (account_id, meter) DO UPDATE SET until_unix_ms = usage_reports.until_unix_ms
     RETURNING from_unix_ms, until_unix_ms`,
    [accountId, meter, untilMs],
  );
  const [from, compared] = [Number(row?.["from_unix_ms"]), Number(row?.["until_unix_ms"])];
  if (compared >= untilMs) return undefined;
  const isNewDay = Math.floor(compared / DAY_MS) < Math.floor(untilMs / DAY_MS);
  const window = untilMs - (isNewDay ? COMPARED_DAILY_MS : COMPARED_MS);
  return Math.max(from, Math.min(window, compared));
}

/** Hours of customers with more usage than was reported, the oldest first. */
const listUnreported = (
  session: Session,
  { accountId, meter }: UsageReportOptions,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
) =>
  session.query(
    `SELECT u.customer_id, u.hour, u.units, COALESCE(r.units, 0) AS reported FROM
       (SELECT value AS customer_id, (slot_unix_ms / ${HOUR_MS}) * ${HOUR_MS} AS hour, SUM(units) AS units FROM usage_label_units
        WHERE account_id = $1 AND label = 'customer' AND slot_unix_ms >= $3 AND slot_unix_ms < $4 AND meter = $2 AND free_reason = 0
        GROUP BY value, (slot_unix_ms / ${HOUR_MS}) * ${HOUR_MS}) u
     LEFT JOIN reported_usage r ON r.account_id = $1 AND r.meter = $2 AND r.customer_id = u.customer_id AND r.hour_unix_ms = u.hour
     WHERE u.units > COALESCE(r.units, 0) ORDER BY u.hour, u.customer_id LIMIT ${EVENTS_AT_ONCE}`,
    [accountId, meter, fromMs, untilMs],
  );

/**
 * reportUsage writes an event of each hour in which customers of an account used more of a meter than was reported, with what is more: late usage is another
 * event of the same hour. It begins with the hour in which it is first asked; each later hour is compared once it has ended. Returns how many events were
 * written: 500 may not be all.
 */
export const reportUsage = (database: Database, options: UsageReportOptions): Promise<number> =>
  database.transaction(async (session) => {
    const { accountId, meter, nowMs } = options;
    const untilMs = hourOf(nowMs - SETTLED_MS);
    const fromMs = await compareFrom(session, options, untilMs);
    if (fromMs === undefined) return 0;
    const rows = await listUnreported(session, options, { fromMs, untilMs });
    for (const row of rows) {
      const [customerId, hourMs, units] = [
        String(row["customer_id"]),
        Number(row["hour"]),
        Number(row["units"]),
      ];
      const content = {
        customerId,
        meter,
        start: instant(hourMs),
        end: instant(hourMs + HOUR_MS),
        units: units - Number(row["reported"]),
      };
      await addEvent(
        session,
        { accountId, type: USAGE_REPORTED, subject: customerId, timeUnixMs: nowMs, content },
        `${meter} ${hourMs} ${units}`,
      );
      await session.query(
        `INSERT INTO reported_usage (account_id, meter, customer_id, hour_unix_ms, units) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account_id, meter, customer_id, hour_unix_ms) DO UPDATE SET units = excluded.units`,
        [accountId, meter, customerId, hourMs, units],
      );
    }
    if (rows.length === EVENTS_AT_ONCE) return rows.length;
    await session.query("UPDATE usage_reports SET until_unix_ms = $3 WHERE account_id = $1 AND meter = $2", [
      accountId,
      meter,
      untilMs,
    ]);
    await session.query(
      "DELETE FROM reported_usage WHERE account_id = $1 AND meter = $2 AND hour_unix_ms < $3",
      [accountId, meter, untilMs - FORGOTTEN_MS],
    );
    return rows.length;
  });
