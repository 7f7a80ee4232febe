import { reasonOf } from "../reason.ts";
import { Refusal } from "../refusal.ts";
import type { AddingTable, Database, Row, Session } from "../usage-store/database.ts";
import { pause } from "../usage-store/turn.ts";

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

const OF_ACCOUNT =
  "EXISTS (SELECT 1 FROM billing_events e WHERE e.event_id = billing_deliveries.event_id AND e.account_id = $1)";

const places = (from: number, ids: readonly string[]): string => ids.map((_, i) => `$${from + i}`).join(", ");

const keyOf = (row: Row): string => `${row["event_id"]} ${row["target"]}`;

interface Change {
  readonly set: string;
  readonly where: string;
  readonly act: DeliveryAct;
}

/** Changes the deliveries of some events that are in a state, and records it while they are locked; returns how many. */
async function change(
  session: Session,
  { accountId, target }: ChosenDeliveries,
  eventIds: readonly string[],
  { set, where, act }: Change,
): Promise<number> {
  const changed = await session.query(
    `UPDATE billing_deliveries SET ${set}, time_unix_ms = $3
     WHERE event_id IN (${places(4, eventIds)}) AND ($2 = '' OR target = $2) AND ${where} AND ${OF_ACCOUNT} RETURNING event_id, target`,
    [accountId, target, act.timeUnixMs, ...eventIds],
  );
  const before = await session.query(
    `SELECT event_id, target, MAX(act_no) AS last FROM billing_delivery_acts WHERE event_id IN (${places(1, eventIds)}) GROUP BY event_id, target`,
    eventIds,
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

/** A target that is away for days has all its events given up: so many are changed in one transaction, which takes some milliseconds. */
const EVENTS_AT_ONCE = 500;

/** Changes what was given up for a target in steps, between which others use the database. What ends it leaves the rest as it was: whoever asks again goes on. */
async function changeDead(database: Database, of: ChosenDeliveries, how: Change): Promise<number> {
  let count = 0;
  for (let after: string | undefined = ""; after !== undefined; ) {
    const passed: string = after;
    after = await database.transaction(async (session) => {
      const rows = await session.query(
        `SELECT DISTINCT event_id FROM billing_deliveries WHERE state = 'DEAD' AND event_id > $1 ORDER BY event_id LIMIT ${EVENTS_AT_ONCE}`,
        [passed],
      );
      const ids = rows.map((row) => String(row["event_id"]));
      if (ids.length > 0) count += await change(session, of, ids, how);
      return ids.length < EVENTS_AT_ONCE ? undefined : ids.at(-1);
    });
    await pause();
  }
  return count;
}

function checkChosen({ eventId, target }: ChosenDeliveries): void {
  if (eventId === "" && target === "") throw new Refusal("event_id and target are empty: name one of them");
}

/** Why no delivery was changed. */
async function refuse(session: Session, of: ChosenDeliveries, isOfDead: boolean): Promise<never> {
  const { accountId, eventId, target } = of;
  const to = target === "" ? "a target" : `'${target}'`;
  const known = await session.query(
    `SELECT target FROM billing_deliveries WHERE ($2 = '' OR event_id = $2) AND ($3 = '' OR target = $3) AND ${OF_ACCOUNT} LIMIT 1`,
    [accountId, eventId, target],
  );
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

/** Changes the deliveries of an event, or what was given up for a target; refuses to change none. */
async function changeChosen(
  database: Database,
  of: ChosenDeliveries,
  { isOfDead, ...how }: Omit<Change, "where"> & { readonly isOfDead: boolean },
): Promise<number> {
  const dead = { ...how, where: "state = 'DEAD'" };
  const ofEvent = isOfDead ? dead : { ...how, where: "1 = 1" };
  const count =
    of.eventId === ""
      ? await changeDead(database, of, dead)
      : await database.transaction((session) => change(session, of, [of.eventId], ofEvent));
  return count > 0 ? count : await refuse(database, of, isOfDead || of.eventId === "");
}

/**
 * resendEvents makes deliveries of an event due again, whatever became of them, or what was given up for a target; returns how many. Those of a target are
 * changed some at a time.
 */
export async function resendEvents(
  database: Database,
  of: ChosenDeliveries,
  by: { readonly actor: string; readonly nowUnixMs: number },
): Promise<number> {
  checkChosen(of);
  return await changeChosen(database, of, {
    set: "state = 'DUE', attempts = 0, problem = ''",
    isOfDead: false,
    act: { action: "RESENT", timeUnixMs: by.nowUnixMs, actor: by.actor, reason: "" },
  });
}

/** Of the reason. */
const READERS = "whoever looks at the event";

/**
 * acceptDeliveries accepts that deliveries were given up: they stay so, and alarms do not count them any more. Returns how many. Those of a target are
 * changed some at a time.
 */
export async function acceptDeliveries(
  database: Database,
  of: ChosenDeliveries,
  {
    actor,
    nowUnixMs,
    reason,
  }: { readonly actor: string; readonly nowUnixMs: number; readonly reason: string },
): Promise<number> {
  checkChosen(of);
  return await changeChosen(database, of, {
    set: "state = 'ACCEPTED'",
    isOfDead: true,
    act: { action: "ACCEPTED", timeUnixMs: nowUnixMs, actor, reason: reasonOf(reason, READERS) },
  });
}

/** listActs is what was done about the deliveries of some events: by event and target, in the order of time. */
export async function listActs(
  session: Session,
  eventIds: readonly string[],
): Promise<(eventId: string, target: string) => readonly DeliveryAct[]> {
  const rows =
    eventIds.length === 0
      ? []
      : await session.query(
          `SELECT * FROM billing_delivery_acts WHERE event_id IN (${places(1, eventIds)}) ORDER BY act_no`,
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
