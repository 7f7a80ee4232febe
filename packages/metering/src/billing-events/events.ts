import type { Row, Session } from "../usage-store/database.ts";
import { type DeliveryAct, forgetActs, listActs } from "./delivery-acts.ts";

/** BillingEvent is something that happened in billing, as it is stored. */
export interface BillingEvent {
  readonly eventId: string;
  readonly accountId: string;
  readonly type: string;
  readonly subject: string;
  readonly timeUnixMs: number;
  /** JSON. */
  readonly content: string;
}

/** DeliveryState is what became of an event for one target. DEAD: it was given up; ACCEPTED: and an operator has accepted that. */
export type DeliveryState = "DUE" | "DELIVERED" | "DEAD" | "ACCEPTED";

export interface Delivery {
  readonly target: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** When it is tried next, or its end. */
  readonly timeUnixMs: number;
  readonly problem: string;
  readonly acts: readonly DeliveryAct[];
}

export const eventOf = (row: Row): BillingEvent => ({
  eventId: String(row["event_id"]),
  accountId: String(row["account_id"]),
  type: String(row["event_type"]),
  subject: String(row["subject"]),
  timeUnixMs: Number(row["time_unix_ms"]),
  content: String(row["content"]),
});

export interface EventsFilter {
  readonly accountId: string;
  /** Empty: all. */
  readonly typePrefix: string;
  /** Only events with such a delivery; undefined: all. */
  readonly state: DeliveryState | undefined;
  readonly limit: number;
}

/** listBillingEvents are events with their deliveries, the latest first. */
export async function listBillingEvents(
  session: Session,
  { accountId, typePrefix, state, limit }: EventsFilter,
): Promise<readonly (BillingEvent & { readonly deliveries: readonly Delivery[] })[]> {
  const parameters: (string | number)[] = [accountId];
  const put = (value: string | number) => `$${parameters.push(value)}`;
  const conditions = [
    "account_id = $1",
    ...(typePrefix === "" ? [] : [`SUBSTR(event_type, 1, ${put(typePrefix.length)}) = ${put(typePrefix)}`]),
    ...(state === undefined
      ? []
      : [`event_id IN (SELECT event_id FROM billing_deliveries WHERE state = ${put(state)})`]),
  ];
  const rows = await session.query(
    `SELECT * FROM billing_events WHERE ${conditions.join(" AND ")} ORDER BY time_unix_ms DESC, event_id DESC LIMIT ${put(limit)}`,
    parameters,
  );
  const ids = rows.map((row) => String(row["event_id"]));
  const found =
    ids.length === 0
      ? []
      : await session.query(
          `SELECT * FROM billing_deliveries WHERE event_id IN (${ids.map((_, i) => `$${i + 1}`).join(", ")}) ORDER BY event_id, target`,
          ids,
        );
  const deliveries = Map.groupBy(found, (row) => String(row["event_id"]));
  const acts = await listActs(session, ids);
  return rows.map((row) => ({
    ...eventOf(row),
    deliveries: (deliveries.get(String(row["event_id"])) ?? []).map((one) => ({
      target: String(one["target"]),
      state: String(one["state"]) as DeliveryState,
      attempts: Number(one["attempts"]),
      timeUnixMs: Number(one["time_unix_ms"]),
      problem: String(one["problem"]),
      acts: acts(String(one["event_id"]), String(one["target"])),
    })),
  }));
}

const DAY_MS = 86_400_000;
/** Events that ended so long ago are forgotten. */
const KEPT_MS = 90 * DAY_MS;

/**
 * forgetEvents forgets old events that nobody waits for, together with their deliveries: a delivery that was given up later than its event happened is counted
 * until then, and can be sent again or accepted.
 */
export async function forgetEvents(session: Session, nowMs: number): Promise<void> {
  await session.query(
    `DELETE FROM billing_events WHERE time_unix_ms < $1 AND routed = 1 AND NOT EXISTS (
       SELECT 1 FROM billing_deliveries d WHERE d.event_id = billing_events.event_id AND (d.state = 'DUE' OR d.time_unix_ms >= $1))`,
    [nowMs - KEPT_MS],
  );
  await session.query(
    "DELETE FROM billing_deliveries WHERE state <> 'DUE' AND time_unix_ms < $1 AND event_id NOT IN (SELECT event_id FROM billing_events)",
    [nowMs - KEPT_MS],
  );
  await forgetActs(session);
}
