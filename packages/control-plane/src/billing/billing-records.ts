import type { BillingEventType } from "@tollgate/config";
import { BillingService } from "@tollgate/proto/billing";
import { BillingDeliveryState, type BillingEvent, BillingEventService } from "@tollgate/proto/billing-events";
import { type ClientOptions, createClient } from "@tollgate/proto/grpc";
import { Refusal } from "../refusal.ts";

const TIMEOUT_MS = 30_000;
const FACTS_AT_ONCE = 10_000;
const WRITES_AT_ONCE = 500;

/** Fact is what was recorded last of something in billing. */
export interface Fact {
  readonly accountId: string;
  /** Such as customer/acme. */
  readonly fact: string;
  readonly value: string;
  /** 0: nothing was recorded yet. */
  readonly version: number;
}

/** NewEvent is something that happened. */
export interface NewEvent {
  readonly type: BillingEventType;
  /** The id of what it is about. */
  readonly subject: string;
  readonly timeUnixMs: number;
  readonly content: object;
}

/** FactWrite is a fact with the version that was read, and the events that its change is. */
export interface FactWrite {
  readonly fact: Fact;
  readonly isRemoved?: boolean;
  readonly events: readonly NewEvent[];
}

/** StoredEvent is an event as metering keeps it. */
export interface StoredEvent {
  readonly eventId: string;
  readonly accountId: string;
  readonly type: string;
  readonly subject: string;
  readonly timeUnixMs: number;
  /** JSON. */
  readonly content: string;
}

export interface TakenDelivery {
  readonly event: StoredEvent;
  /** Id of a NotificationTarget. */
  readonly target: string;
  /** How often it was handed out, this time included. */
  readonly attempts: number;
}

/** Outcome is what became of an attempt. */
export type Outcome =
  | { readonly state: "DELIVERED" }
  | { readonly state: "DUE"; readonly retryUnixMs: number; readonly problem: string }
  | { readonly state: "DEAD"; readonly problem: string };

export interface SpendTerms {
  readonly accountId: string;
  readonly subscriptionId: string;
  readonly month: string;
  readonly timeZone: string;
  readonly pricePlanJson: string;
  readonly apiKeyIds: string[];
  readonly usagePlanIds: string[];
  readonly startAt: string;
  readonly endAt: string;
}

/** BillingRecords is what metering keeps of billing, as far as control planes need it. */
export interface BillingRecords {
  /** All facts of all accounts. */
  facts(): Promise<readonly Fact[]>;
  /** Whether each was recorded; false: it was written since it was read. */
  record(writes: readonly FactWrite[]): Promise<readonly boolean[]>;
  /** Writes events of the usage of a meter that was not reported yet, and returns how many; 500: there may be more. */
  reportUsage(accountId: string, meter: string): Promise<number>;
  newEvents(limit: number): Promise<readonly StoredEvent[]>;
  route(eventId: string, targets: readonly string[]): Promise<void>;
  take(limit: number, leaseMs: number): Promise<readonly TakenDelivery[]>;
  settle(of: TakenDelivery, outcome: Outcome): Promise<void>;
  /** What a month of a subscription comes to so far, with tax. */
  spent(terms: SpendTerms): Promise<{ readonly total: string; readonly currency: string }>;
}

const states: Readonly<Record<Outcome["state"], BillingDeliveryState>> = {
  DELIVERED: BillingDeliveryState.DELIVERED,
  DUE: BillingDeliveryState.DUE,
  DEAD: BillingDeliveryState.DEAD,
};

const eventOf = ({ $typeName: _, deliveries: _none, ...event }: BillingEvent): StoredEvent => ({
  ...event,
  timeUnixMs: Number(event.timeUnixMs),
});

const wireWrite = ({ fact, isRemoved: removed = false, events }: FactWrite) => ({
  fact: { ...fact, version: BigInt(fact.version) },
  removed,
  events: events.map(({ timeUnixMs, content, ...event }) => ({
    ...event,
    timeUnixMs: BigInt(timeUnixMs),
    content: JSON.stringify(content),
  })),
});

/** connectBilling reads and writes what the metering at an address keeps of billing. It connects at the first request. */
export function connectBilling(metering: ClientOptions): BillingRecords & Disposable {
  const events = createClient(BillingEventService, metering);
  const billing = createClient(BillingService, metering);
  const ask = async <T>(send: (options: { readonly deadline: Date }) => Promise<T>): Promise<T> => {
    try {
      return await send({ deadline: new Date(Date.now() + TIMEOUT_MS) });
    } catch (error) {
      throw new Refusal(
        "unavailable",
        `metering at ${metering.address} did not do what billing needs: ${(error as Error).message}`,
      );
    }
  };
  return {
    async facts() {
      const all: Fact[] = [];
      for (;;) {
        const { accountId: afterAccountId = "", fact: afterFact = "" } = all.at(-1) ?? {};
        const request = { afterAccountId, afterFact, limit: FACTS_AT_ONCE };
        const { facts } = await ask((options) => events.listBillingFacts(request, options));
        for (const { accountId, fact, value, version } of facts)
          all.push({ accountId, fact, value, version: Number(version) });
        if (facts.length < FACTS_AT_ONCE) return all;
      }
    },
    async record(writes) {
      const all: boolean[] = [];
      for (let at = 0; at < writes.length; at += WRITES_AT_ONCE) {
        const facts = writes.slice(at, at + WRITES_AT_ONCE).map(wireWrite);
        const { recorded } = await ask((options) => events.recordBillingFacts({ facts }, options));
        all.push(...recorded);
      }
      return all;
    },
    async reportUsage(accountId, meter) {
      return (await ask((options) => events.reportUsage({ accountId, meter }, options))).eventCount;
    },
    async newEvents(limit) {
      const found = await ask((options) => events.listNewBillingEvents({ limit }, options));
      return found.events.map(eventOf);
    },
    async route(eventId, targets) {
      await ask((options) => events.routeBillingEvent({ eventId, targets: [...targets] }, options));
    },
    async take(limit, leaseMs) {
      const { deliveries } = await ask((options) =>
        events.takeBillingDeliveries({ limit, leaseMs }, options),
      );
      return deliveries.flatMap(({ event, target, attempts }) =>
        event ? [{ event: eventOf(event), target, attempts }] : [],
      );
    },
    async settle({ event: { eventId }, target, attempts }, { state, ...rest }) {
      const { retryUnixMs = 0, problem = "" } = rest as { retryUnixMs?: number; problem?: string };
      const request = { eventId, target, attempts, problem, retryUnixMs: BigInt(retryUnixMs) };
      await ask((options) => events.settleBillingDelivery({ ...request, state: states[state] }, options));
    },
    async spent(terms) {
      const { invoice } = await ask((options) => billing.previewInvoice({ terms }, options));
      if (!invoice) throw new Refusal("unavailable", "the preview of an invoice is missing");
      return { total: invoice.total, currency: invoice.currency };
    },
    [Symbol.dispose]() {
      events.close();
      billing.close();
    },
  };
}
