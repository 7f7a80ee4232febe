import type { Database, Row, Session } from "../usage-store/database.ts";
import { type BillingEvent, type DeliveryState, eventOf } from "./events.ts";

/** TakenDelivery is an event that whoever has taken it sends to a target. */
export interface TakenDelivery {
  readonly event: BillingEvent;
  readonly target: string;
  /** How often it was handed out, this time included. */
  readonly attempts: number;
}

export interface Settlement {
  readonly eventId: string;
  readonly target: string;
  /** The attempt that it is about. */
  readonly attempts: number;
  readonly state: DeliveryState;
  /** When it is tried again, or when it ended. */
  readonly timeUnixMs: number;
  readonly problem: string;
}

/** listNewEvents are events for which nobody has said where they go, the oldest first. */
export async function listNewEvents(session: Session, limit: number): Promise<readonly BillingEvent[]> {
  const rows = await session.query(
    "SELECT * FROM billing_events WHERE routed = 0 ORDER BY time_unix_ms, event_id LIMIT $1",
    [limit],
  );
  return rows.map(eventOf);
}

/** routeEvent says where an event goes, once: whoever is later changes nothing. */
export const routeEvent = (
  database: Database,
  eventId: string,
  targets: readonly string[],
  nowMs: number,
): Promise<void> =>
  database.transaction(async (session) => {
    const rows = await session.query(
      "UPDATE billing_events SET routed = 1 WHERE event_id = $1 AND routed = 0 RETURNING event_id",
      [eventId],
    );
    if (rows.length === 0) return;
    for (const target of new Set(targets))
      await session.query("INSERT INTO billing_deliveries VALUES ($1, $2, 'DUE', $3, 0, '')", [
        eventId,
        target,
        nowMs,
      ]);
  });

const whole = (row: Row, column: string): number => Number(row[column]);

/** takeDeliveries hands out what is due, the longest due first: nobody else gets it for the time of the lease. */
export async function takeDeliveries(
  database: Session,
  { limit, leaseMs, nowMs }: { readonly limit: number; readonly leaseMs: number; readonly nowMs: number },
): Promise<readonly TakenDelivery[]> {
  const taken = await database.query(
    `UPDATE billing_deliveries SET time_unix_ms = $1, attempts = attempts + 1
     WHERE state = 'DUE' AND time_unix_ms <= $2 AND (event_id, target) IN (
       SELECT event_id, target FROM billing_deliveries WHERE state = 'DUE' AND time_unix_ms <= $2 ORDER BY time_unix_ms, event_id LIMIT $3)
     RETURNING event_id, target, attempts`,
    [nowMs + leaseMs, nowMs, limit],
  );
  if (taken.length === 0) return [];
  const ids = [...new Set(taken.map((row) => String(row["event_id"])))];
  const rows = await database.query(
    `SELECT * FROM billing_events WHERE event_id IN (${ids.map((_, i) => `$${i + 1}`).join(", ")})`,
    ids,
  );
  const events = new Map(rows.map((row) => [String(row["event_id"]), eventOf(row)]));
  return taken.flatMap((row) => {
    const event = events.get(String(row["event_id"]));
    return event ? [{ event, target: String(row["target"]), attempts: whole(row, "attempts") }] : [];
  });
}

/** countDeliveries is how many deliveries wait to be sent, and how many were given up. */
export async function countDeliveries(session: Session): Promise<Readonly<Record<"DUE" | "DEAD", number>>> {
  const count = async (state: DeliveryState): Promise<number> => {
    const [row] = await session.query(
      `SELECT CAST(COUNT(*) AS BIGINT) AS deliveries FROM billing_deliveries WHERE state = '${state}'`,
    );
    return Number(row?.["deliveries"]);
  };
  return { DUE: await count("DUE"), DEAD: await count("DEAD") };
}

/** countDeadByTarget is how many deliveries were given up, by account and target. */
export async function countDeadByTarget(
  session: Session,
): Promise<readonly { readonly accountId: string; readonly target: string; readonly count: number }[]> {
  const rows = await session.query(
    `SELECT e.account_id, d.target, CAST(COUNT(*) AS BIGINT) AS deliveries FROM billing_deliveries d JOIN billing_events e ON e.event_id = d.event_id
     WHERE d.state = 'DEAD' GROUP BY e.account_id, d.target ORDER BY e.account_id, d.target`,
  );
  return rows.map((row) => ({
    accountId: String(row["account_id"]),
    target: String(row["target"]),
    count: whole(row, "deliveries"),
  }));
}

/** settleDelivery writes what became of an attempt, unless the delivery was taken again since. */
export async function settleDelivery(session: Session, of: Settlement): Promise<void> {
  await session.query(
    `UPDATE billing_deliveries SET state = $4, time_unix_ms = $5, problem = $6
     WHERE event_id = $1 AND target = $2 AND attempts = $3 AND state = 'DUE'`,
    [of.eventId, of.target, of.attempts, of.state, of.timeUnixMs, of.problem],
  );
}
