import { reasonOf } from "../reason.ts";
import { Refusal } from "../refusal.ts";
import type { AddingTable, Database, Row, Session } from "../usage-store/database.ts";

/** DeliveryAct is what an operator did about a delivery. */
export interface DeliveryAct {
  readonly action: "RESENT" | "ACCEPTED";
  readonly timeUnixMs: number;
  readonly actor: string;
  /** Empty: none was asked for. */
  readonly reason: string;
}

/** ChosenDeliveries are those of one event, of one target, or of both; one of the two is not empty. */
export interface ChosenDeliveries {
  readonly accountId: string;
  /** Empty: of all events. */
  readonly eventId: string;
  /** Empty: to all targets. */
  readonly target: string;
}

const table: AddingTable = {
  name: "billing_delivery_acts",
  columns: [
    { name: "event_id", type: "TEXT" },
    { name: "target", type: "TEXT" },
    { name: "act_no", type: "BIGINT" },
    { name: "action", type: "TEXT" },
    { name: "time_unix_ms", type: "BIGINT" },
    { name: "actor", type: "TEXT" },
    { name: "reason", type: "TEXT" },
  ],
  key: ["event_id", "target", "act_no"],
};

const CHOSEN = `($2 = '' OR event_id = $2) AND ($3 = '' OR target = $3)
  AND event_id IN (SELECT event_id FROM billing_events WHERE account_id = $1)`;

const keyOf = (row: Row): string => `${row["event_id"]} ${row["target"]}`;

/** Changes the chosen deliveries that are in a state (all of one event: in any), and records it while they are locked; returns how many. */
async function change(
  session: Session,
  { accountId, eventId, target }: ChosenDeliveries,
  { set, where, act }: { readonly set: string; readonly where: string; readonly act: DeliveryAct },
): Promise<number> {
  const chosen = [accountId, eventId, target];
  const changed = await session.query(
    `UPDATE billing_deliveries SET ${set}, time_unix_ms = $4 WHERE ${CHOSEN} AND ${where} RETURNING event_id, target`,
    [...chosen, act.timeUnixMs],
  );
  // One statement, however many there are: a target that is away for days has all its events given up.
  const before = await session.query(
    `SELECT event_id, target, MAX(act_no) AS last FROM billing_delivery_acts WHERE ${CHOSEN} GROUP BY event_id, target`,
    chosen,
  );
  const lastOf = new Map(before.map((row) => [keyOf(row), Number(row["last"])]));
  await session.add(
    table,
    changed.map((row) => [
      String(row["event_id"]),
      String(row["target"]),
      (lastOf.get(keyOf(row)) ?? 0) + 1,
      act.action,
      act.timeUnixMs,
      act.actor,
      act.reason,
    ]),
  );
  return changed.length;
}

function checkChosen({ eventId, target }: ChosenDeliveries): void {
  if (eventId === "" && target === "") throw new Refusal("event_id and target are empty: name one of them");
}

/** Why no delivery was changed. */
async function refuse(session: Session, of: ChosenDeliveries, isOfDead: boolean): Promise<never> {
  const { accountId, eventId, target } = of;
  const to = target === "" ? "a target" : `'${target}'`;
  const known = await session.query(`SELECT target FROM billing_deliveries WHERE ${CHOSEN} LIMIT 1`, [
    accountId,
    eventId,
    target,
  ]);
  if (isOfDead && known.length > 0)
    throw new Refusal(
      eventId === ""
        ? `no event that went to ${to} was given up`
        : `the event '${eventId}' was not given up for ${to}: 'tollgate billing events' shows its deliveries`,
      "precondition",
    );
  throw new Refusal(
    eventId === "" ? `no event went to ${to}` : `there is no event '${eventId}' that went to ${to}`,
    "not-found",
  );
}

/** resendEvents makes deliveries of an event due again, whatever became of them, or what was given up for a target; returns how many. */
export const resendEvents = (
  database: Database,
  of: ChosenDeliveries,
  by: { readonly actor: string; readonly nowUnixMs: number },
): Promise<number> =>
  database.transaction(async (session) => {
    checkChosen(of);
    const count = await change(session, of, {
      set: "state = 'DUE', attempts = 0, problem = ''",
      where: of.eventId === "" ? "state = 'DEAD'" : "1 = 1",
      act: { action: "RESENT", timeUnixMs: by.nowUnixMs, actor: by.actor, reason: "" },
    });
    return count > 0 ? count : await refuse(session, of, of.eventId === "");
  });

/** Of the reason. */
const READERS = "whoever looks at the event";

/** acceptDeliveries accepts that deliveries were given up: they stay so, and alarms do not count them any more. Returns how many. */
export const acceptDeliveries = (
  database: Database,
  of: ChosenDeliveries,
  {
    actor,
    nowUnixMs,
    reason,
  }: { readonly actor: string; readonly nowUnixMs: number; readonly reason: string },
): Promise<number> =>
  database.transaction(async (session) => {
    checkChosen(of);
    const count = await change(session, of, {
      set: "state = 'ACCEPTED'",
      where: "state = 'DEAD'",
      act: { action: "ACCEPTED", timeUnixMs: nowUnixMs, actor, reason: reasonOf(reason, READERS) },
    });
    return count > 0 ? count : await refuse(session, of, true);
  });

/** listActs is what was done about the deliveries of some events: by event and target, in the order of time. */
export async function listActs(
  session: Session,
  eventIds: readonly string[],
): Promise<(eventId: string, target: string) => readonly DeliveryAct[]> {
  const rows =
    eventIds.length === 0
      ? []
      : await session.query(
          `SELECT * FROM billing_delivery_acts WHERE event_id IN (${eventIds.map((_, i) => `$${i + 1}`).join(", ")}) ORDER BY act_no`,
          eventIds,
        );
  const acts = Map.groupBy(rows, keyOf);
  return (eventId, target) =>
    (acts.get(keyOf({ event_id: eventId, target })) ?? []).map((row) => ({
      action: String(row["action"]) as DeliveryAct["action"],
      timeUnixMs: Number(row["time_unix_ms"]),
      actor: String(row["actor"]),
      reason: String(row["reason"]),
    }));
}

/** forgetActs forgets what was done about deliveries that are forgotten. */
export async function forgetActs(session: Session): Promise<void> {
  await session.query(
    "DELETE FROM billing_delivery_acts WHERE NOT EXISTS (SELECT 1 FROM billing_deliveries d WHERE d.event_id = billing_delivery_acts.event_id AND d.target = billing_delivery_acts.target)",
  );
}
