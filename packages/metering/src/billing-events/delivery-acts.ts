import { Refusal } from "../refusal.ts";
import type { AddingTable, Database, Session } from "../usage-store/database.ts";

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

/** Writes what was done about deliveries, in the transaction that does it: their rows are locked. */
async function recordAct(
  session: Session,
  deliveries: readonly { readonly eventId: string; readonly target: string }[],
  { action, timeUnixMs, actor, reason }: DeliveryAct,
): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const { eventId, target } of deliveries) {
    const [row] = await session.query(
      "SELECT COALESCE(MAX(act_no), 0) AS last FROM billing_delivery_acts WHERE event_id = $1 AND target = $2",
      [eventId, target],
    );
    rows.push([eventId, target, Number(row?.["last"]) + 1, action, timeUnixMs, actor, reason]);
  }
  await session.add(table, rows);
}

const CHOSEN = `($2 = '' OR event_id = $2) AND ($3 = '' OR target = $3)
  AND event_id IN (SELECT event_id FROM billing_events WHERE account_id = $1)`;

/** Changes the chosen deliveries that are in a state (all of one event: in any), and records it; returns how many. */
async function change(
  session: Session,
  { accountId, eventId, target }: ChosenDeliveries,
  { set, where, act }: { readonly set: string; readonly where: string; readonly act: DeliveryAct },
): Promise<number> {
  const rows = await session.query(
    `UPDATE billing_deliveries SET ${set}, time_unix_ms = $4 WHERE ${CHOSEN} AND ${where} RETURNING event_id, target`,
    [accountId, eventId, target, act.timeUnixMs],
  );
  const deliveries = rows.map((row) => ({
    eventId: String(row["event_id"]),
    target: String(row["target"]),
  }));
  await recordAct(session, deliveries, act);
  return rows.length;
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
    if (reason.trim() === "") throw new Refusal("reason is empty: say why it is accepted");
    const count = await change(session, of, {
      set: "state = 'ACCEPTED'",
      where: "state = 'DEAD'",
      act: { action: "ACCEPTED", timeUnixMs: nowUnixMs, actor, reason },
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
  const keyOf = (eventId: string, target: string): string => `${eventId} ${target}`;
  const acts = Map.groupBy(rows, (row) => keyOf(String(row["event_id"]), String(row["target"])));
  return (eventId, target) =>
    (acts.get(keyOf(eventId, target)) ?? []).map((row) => ({
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
