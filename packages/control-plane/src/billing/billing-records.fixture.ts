import type {
  BillingRecords,
  Fact,
  FactWrite,
  Outcome,
  StoredEvent,
  TakenDelivery,
} from "./billing-records.ts";

interface Delivery {
  readonly event: StoredEvent;
  readonly target: string;
  attempts: number;
  state: Outcome["state"];
  dueUnixMs: number;
  problem: string;
}

/** MemoryBilling keeps facts and events as metering does, for tests. */
export class MemoryBilling implements BillingRecords {
  nowMs = 0;
  /** What each subscription has spent; an Error: it cannot be read. */
  readonly spending = new Map<string, string | Error>();
  readonly known = new Map<string, Fact>();
  readonly events: StoredEvent[] = [];
  readonly deliveries: Delivery[] = [];
  #unrouted: StoredEvent[] = [];

  async facts() {
    return [...this.known.values()];
  }

  async record(writes: readonly FactWrite[]) {
    return writes.map(({ fact, isRemoved = false, events }) => {
      const key = `${fact.accountId} ${fact.fact}`;
      if ((this.known.get(key)?.version ?? 0) !== fact.version) return false;
      if (isRemoved) this.known.delete(key);
      else this.known.set(key, { ...fact, version: fact.version + 1 });
      for (const { content, ...event } of events)
        this.add({ ...event, accountId: fact.accountId, content: JSON.stringify(content) });
      return true;
    });
  }

  /** Accounts and meters that reports were asked of. */
  readonly reports: string[] = [];

  async reportUsage(accountId: string, meter: string) {
    this.reports.push(`${accountId} ${meter}`);
    return 0;
  }

  /** add writes an event that has no id yet. */
  add(event: Omit<StoredEvent, "eventId">): void {
    const stored = { ...event, eventId: `evt_${this.events.length + 1}` };
    this.events.push(stored);
    this.#unrouted.push(stored);
  }

  async newEvents(limit: number) {
    return this.#unrouted.slice(0, limit);
  }

  async route(eventId: string, targets: readonly string[]) {
    const event = this.#unrouted.find((one) => one.eventId === eventId);
    this.#unrouted = this.#unrouted.filter((one) => one !== event);
    if (!event) return;
    for (const target of targets)
      this.deliveries.push({ event, target, attempts: 0, state: "DUE", dueUnixMs: this.nowMs, problem: "" });
  }

  async take(limit: number, leaseMs: number): Promise<readonly TakenDelivery[]> {
    const due = this.deliveries.filter((one) => one.state === "DUE" && one.dueUnixMs <= this.nowMs);
    return due.slice(0, limit).map((one) => {
      one.attempts++;
      one.dueUnixMs = this.nowMs + leaseMs;
      return { event: one.event, target: one.target, attempts: one.attempts };
    });
  }

  async settle({ event, target, attempts }: TakenDelivery, outcome: Outcome) {
    const delivery = this.deliveries.find((one) => one.event === event && one.target === target);
    if (!delivery || delivery.attempts !== attempts) return;
    delivery.state = outcome.state;
    delivery.problem = outcome.state === "DELIVERED" ? "" : outcome.problem;
    if (outcome.state === "DUE") delivery.dueUnixMs = outcome.retryUnixMs;
  }

  async spent({ subscriptionId }: { readonly subscriptionId: string }) {
    const total = this.spending.get(subscriptionId) ?? "0.00";
    if (total instanceof Error) throw total;
    return { total, currency: "EUR" };
  }
}
