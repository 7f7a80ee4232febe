import type { AlarmRecord, AlarmRecords, AlarmWrite, HistoryItem, TakenAction } from "./alarm-records.ts";

/** MemoryRecords keeps alarms as metering does, for tests. */
export class MemoryRecords implements AlarmRecords {
  readonly records = new Map<string, AlarmRecord>();
  readonly items: HistoryItem[] = [];
  readonly actions = new Map<string, TakenAction>();
  nowMs = 0;
  #lead = { owner: "", untilMs: 0 };

  async list(accountId: string) {
    return [...this.records.values()].filter((one) => accountId === "" || one.accountId === accountId);
  }

  async write({ record, isRemoved = false, history, actions = [] }: AlarmWrite): Promise<boolean> {
    const key = `${record.accountId} ${record.alarmName}`;
    if ((this.records.get(key)?.version ?? 0) !== record.version) return false;
    if (isRemoved) this.records.delete(key);
    else this.records.set(key, { ...record, version: record.version + 1 });
    this.items.push(...history);
    for (const action of actions)
      this.actions.set(action.actionId, {
        ...action,
        dueUnixMs: action.dueUnixMs || this.nowMs,
        createdUnixMs: this.nowMs,
        attempts: 0,
      });
    return true;
  }

  async history() {
    return { items: this.items, hasMore: false };
  }

  async lead(owner: string, leaseMs: number): Promise<boolean> {
    if (this.#lead.owner !== owner && this.#lead.untilMs > this.nowMs) return false;
    this.#lead = { owner, untilMs: this.nowMs + leaseMs };
    return leaseMs > 0;
  }

  async takeActions(limit: number, leaseMs: number): Promise<readonly TakenAction[]> {
    const due = [...this.actions.values()].filter((one) => one.dueUnixMs <= this.nowMs).slice(0, limit);
    return due.map((one) => {
      const taken = { ...one, dueUnixMs: this.nowMs + leaseMs, attempts: one.attempts + 1 };
      this.actions.set(one.actionId, taken);
      return taken;
    });
  }

  async settleAction(actionId: string, retryUnixMs: number, history?: HistoryItem): Promise<void> {
    const action = this.actions.get(actionId);
    if (retryUnixMs === 0) this.actions.delete(actionId);
    else if (action) this.actions.set(actionId, { ...action, dueUnixMs: retryUnixMs });
    if (history) this.items.push(history);
  }
}
