import type { AlarmState } from "@tollgate/config";
import type { Mirror } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import { alarmsOf, newRecord } from "./alarm.ts";
import type { AlarmRecord, AlarmRecords, HistoryItem, HistoryQuery } from "./alarm-records.ts";
import { changeState, type NewState } from "./change-state.ts";

export interface AlarmsOptions {
  readonly mirror: Pick<Mirror, "account">;
  readonly records: AlarmRecords;
  readonly region: string;
  readonly nowMs: () => number;
}

/** Alarms is what callers ask about alarms besides their config, and do to their states. */
export interface Alarms {
  /** States by the names of alarms; an alarm that is new has none. */
  states(accountId: string): Promise<ReadonlyMap<string, AlarmRecord>>;
  history(
    query: HistoryQuery,
  ): Promise<{ readonly items: readonly HistoryItem[]; readonly hasMore: boolean }>;
  /** Sets a state until the next evaluation, with its actions. */
  setState(accountId: string, name: string, next: NewState & { readonly state: AlarmState }): Promise<void>;
}

/** Others may write the same alarm in between, but not forever. */
const ATTEMPTS = 5;

/** createAlarms reads and sets states of alarms. */
export function createAlarms({ mirror, records, region, nowMs }: AlarmsOptions): Alarms {
  const states = async (accountId: string) =>
    new Map((await records.list(accountId)).map((record) => [record.alarmName, record]));
  return {
    states,
    history: (query) => records.history(query),
    async setState(accountId, name, next) {
      const alarm = alarmsOf(accountId, mirror.account(accountId)).find((one) => one.name === name);
      if (!alarm) throw new Refusal("not-found", `the alarm '${name}' does not exist`);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before = (await states(accountId)).get(name) ?? newRecord(alarm);
        const write = changeState(alarm, before, next, { region, nowMs: nowMs() });
        const same = { record: { ...before, ...next, updatedUnixMs: nowMs() }, history: [] };
        if (await records.write(write ?? same)) return;
      }
      throw new Refusal("conflict", `the alarm '${name}' was changed at the same time`);
    },
  };
}
