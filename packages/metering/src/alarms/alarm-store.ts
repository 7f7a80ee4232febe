import type { Database, Row, Session } from "../usage-store/database.ts";

/** AlarmRecord is what is known of an alarm, as alarms.proto describes it. */
export interface AlarmRecord {
  readonly accountId: string;
  readonly alarmName: string;
  readonly alarmType: string;
  readonly state: string;
  readonly reason: string;
  readonly reasonData: string;
  readonly updatedUnixMs: number;
  readonly transitionedUnixMs: number;
  readonly configDigest: string;
  /** 0: it is not there. */
  readonly version: number;
}

export interface HistoryItem {
  readonly accountId: string;
  readonly alarmName: string;
  readonly alarmType: string;
  readonly timeUnixMs: number;
  readonly itemType: string;
  readonly summary: string;
  readonly data: string;
}

export interface NewAction {
  readonly actionId: string;
  readonly accountId: string;
  readonly alarmName: string;
  readonly alarmType: string;
  readonly target: string;
  readonly content: string;
  /** When it is to be done first; 0: at once. */
  readonly dueUnixMs: number;
}

export interface TakenAction extends NewAction {
  readonly createdUnixMs: number;
  readonly attempts: number;
}

/** AlarmWrite is everything that is written of an alarm at once. */
export interface AlarmWrite {
  readonly record: AlarmRecord;
  /** The alarm was deleted. */
  readonly isRemoved: boolean;
  readonly history: readonly HistoryItem[];
  readonly actions: readonly NewAction[];
}

export interface HistoryQuery {
  readonly accountId: string;
  /** Empty: all. */
  readonly alarmName: string;
  readonly itemType: string;
  readonly alarmTypes: readonly string[];
  /** Inclusive. */
  readonly startUnixMs: number;
  /** Exclusive. */
  readonly endUnixMs: number;
  readonly isOldestFirst: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** AWS: alarm history is kept for 30 days. */
const HISTORY_MS = 30 * 86_400_000;
const EVALUATION = "evaluation";

const text = (row: Row, name: string): string => String(row[name]);

const recordOf = (row: Row): AlarmRecord => ({
  accountId: text(row, "account_id"),
  alarmName: text(row, "alarm_name"),
  alarmType: text(row, "alarm_type"),
  state: text(row, "state"),
  reason: text(row, "reason"),
  reasonData: text(row, "reason_data"),
  updatedUnixMs: Number(row["updated_unix_ms"]),
  transitionedUnixMs: Number(row["transitioned_unix_ms"]),
  configDigest: text(row, "config_digest"),
  version: Number(row["version"]),
});

/** AlarmStore keeps states of alarms, their history, and actions that have not ended. Several processes may use one database. */
export class AlarmStore {
  readonly #database: Database;
  readonly #nowMs: () => number;

  constructor(database: Database, nowMs: () => number) {
    this.#database = database;
    this.#nowMs = nowMs;
  }

  /** records are those of an account; of all accounts if it is empty. */
  async records(accountId: string): Promise<readonly AlarmRecord[]> {
    const rows =
      accountId === ""
        ? await this.#database.query("SELECT * FROM alarm_records ORDER BY account_id, alarm_name")
        : await this.#database.query(
            "SELECT * FROM alarm_records WHERE account_id = $1 ORDER BY alarm_name",
            [accountId],
          );
    return rows.map(recordOf);
  }

  /** record writes all or nothing; false: the alarm was written since its version was read. */
  record({ record, isRemoved, history, actions }: AlarmWrite): Promise<boolean> {
    return this.#database.transaction(async (session) => {
      if (!(await (isRemoved ? remove(session, record) : put(session, record)))) return false;
      await this.#addHistory(session, history);
      const nowMs = this.#nowMs();
      for (const action of actions)
        await session.query("INSERT INTO alarm_actions VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)", [
          action.actionId,
          action.accountId,
          action.alarmName,
          action.alarmType,
          action.target,
          action.content,
          nowMs,
          action.dueUnixMs === 0 ? nowMs : action.dueUnixMs,
        ]);
      return true;
    });
  }

  async #addHistory(session: Session, items: readonly HistoryItem[]): Promise<void> {
    for (const [i, item] of items.entries())
      await session.query("INSERT INTO alarm_history VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", [
        item.accountId,
        item.alarmName,
        item.alarmType,
        item.timeUnixMs,
        i,
        item.itemType,
        item.summary,
        item.data,
      ]);
    for (const accountId of new Set(items.map((item) => item.accountId)))
      await session.query("DELETE FROM alarm_history WHERE account_id = $1 AND time_unix_ms < $2", [
        accountId,
        this.#nowMs() - HISTORY_MS,
      ]);
  }

  /** history is a page of what happened, and whether there is more. */
  async history(
    query: HistoryQuery,
  ): Promise<{ readonly items: readonly HistoryItem[]; readonly hasMore: boolean }> {
    const parameters: (string | number)[] = [query.accountId, query.startUnixMs, query.endUnixMs];
    const place = (value: string | number) => `$${parameters.push(value)}`;
    const conditions = [
      "account_id = $1 AND time_unix_ms >= $2 AND time_unix_ms < $3",
      ...(query.alarmName === "" ? [] : [`alarm_name = ${place(query.alarmName)}`]),
      ...(query.itemType === "" ? [] : [`item_type = ${place(query.itemType)}`]),
      ...(query.alarmTypes.length === 0 ? [] : [`alarm_type IN (${query.alarmTypes.map(place).join(", ")})`]),
    ];
    const order = query.isOldestFirst ? "ASC" : "DESC";
    const rows = await this.#database.query(
      `SELECT * FROM alarm_history WHERE ${conditions.join(" AND ")}
       ORDER BY time_unix_ms ${order}, alarm_name ${order}, item_no ${order} LIMIT ${place(query.limit + 1)} OFFSET ${place(query.offset)}`,
      parameters,
    );
    const items = rows.slice(0, query.limit).map((row) => ({
      accountId: text(row, "account_id"),
      alarmName: text(row, "alarm_name"),
      alarmType: text(row, "alarm_type"),
      timeUnixMs: Number(row["time_unix_ms"]),
      itemType: text(row, "item_type"),
      summary: text(row, "summary"),
      data: text(row, "data"),
    }));
    return { items, hasMore: rows.length > query.limit };
  }

  /** lead makes a process the one that evaluates alarms, unless another one is; with a lease of 0 it stops to be. */
  async lead(owner: string, leaseMs: number): Promise<boolean> {
    const nowMs = this.#nowMs();
    const rows = await this.#database.query(
      `INSERT INTO alarm_leads (name, owner, until_unix_ms) VALUES ('${EVALUATION}', $1, $2)
       ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until_unix_ms = excluded.until_unix_ms
       WHERE alarm_leads.owner = excluded.owner OR alarm_leads.until_unix_ms <= $3
       RETURNING owner`,
      [owner, nowMs + leaseMs, nowMs],
    );
    return rows.length > 0 && leaseMs > 0;
  }

  /** take hands out actions that are due, the oldest first: nobody else gets them for the time of the lease. */
  async take(limit: number, leaseMs: number): Promise<readonly TakenAction[]> {
    const nowMs = this.#nowMs();
    const rows = await this.#database.query(
      `UPDATE alarm_actions SET due_unix_ms = $1, attempts = attempts + 1
       WHERE due_unix_ms <= $2 AND action_id IN (
         SELECT action_id FROM alarm_actions WHERE due_unix_ms <= $2 ORDER BY due_unix_ms, created_unix_ms LIMIT $3)
       RETURNING *`,
      [nowMs + leaseMs, nowMs, limit],
    );
    return rows.map((row) => ({
      actionId: text(row, "action_id"),
      accountId: text(row, "account_id"),
      alarmName: text(row, "alarm_name"),
      alarmType: text(row, "alarm_type"),
      target: text(row, "target"),
      content: text(row, "content"),
      createdUnixMs: Number(row["created_unix_ms"]),
      dueUnixMs: Number(row["due_unix_ms"]),
      attempts: Number(row["attempts"]),
    }));
  }

  /** settle ends an action (0), or makes it due again at a time. */
  settle(actionId: string, retryUnixMs: number, item: HistoryItem | undefined): Promise<void> {
    return this.#database.transaction(async (session) => {
      if (retryUnixMs === 0)
        await session.query("DELETE FROM alarm_actions WHERE action_id = $1", [actionId]);
      else
        await session.query("UPDATE alarm_actions SET due_unix_ms = $2 WHERE action_id = $1", [
          actionId,
          retryUnixMs,
        ]);
      if (item) await this.#addHistory(session, [item]);
    });
  }
}

async function remove(session: Session, { accountId, alarmName, version }: AlarmRecord): Promise<boolean> {
  const rows = await session.query(
    "DELETE FROM alarm_records WHERE account_id = $1 AND alarm_name = $2 AND version = $3 RETURNING version",
    [accountId, alarmName, version],
  );
  return rows.length > 0;
}

/** A record that is not there is written only by the first who says so, and one that is there only by who has read its version. */
async function put(session: Session, record: AlarmRecord): Promise<boolean> {
  const values = [
    record.accountId,
    record.alarmName,
    record.alarmType,
    record.state,
    record.reason,
    record.reasonData,
    record.updatedUnixMs,
    record.transitionedUnixMs,
    record.configDigest,
    record.version,
  ];
  const rows = await session.query(
    record.version === 0
      ? `INSERT INTO alarm_records VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10 + 1)
         ON CONFLICT (account_id, alarm_name) DO NOTHING RETURNING version`
      : `UPDATE alarm_records SET alarm_type = $3, state = $4, reason = $5, reason_data = $6, updated_unix_ms = $7,
           transitioned_unix_ms = $8, config_digest = $9, version = version + 1
         WHERE account_id = $1 AND alarm_name = $2 AND version = $10 RETURNING version`,
    values,
  );
  return rows.length > 0;
}
