import { BILLING_EVENTS, type BillingEventType } from "@tollgate/config";
import type { RpcCaller } from "@tollgate/proto/access";
import {
  BillingDeliveryAction,
  BillingDeliveryState,
  type BillingEventService,
} from "@tollgate/proto/billing-events";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import { unary } from "@tollgate/proto/rpc";
import type { Logger } from "@tollgate/telemetry";
import { listNewEvents, routeEvent, settleDelivery, takeDeliveries } from "../billing-events/deliveries.ts";
import { acceptDeliveries, resendEvents } from "../billing-events/delivery-acts.ts";
import { type BillingEvent, type DeliveryState, listBillingEvents } from "../billing-events/events.ts";
import { listFacts, recordFacts } from "../billing-events/facts.ts";
import { reportUsage } from "../billing-events/report-usage.ts";
import { Refusal } from "../refusal.ts";
import type { Database } from "../usage-store/database.ts";
import { toRpcError } from "./refused.ts";

export interface BillingEventServiceOptions {
  readonly database: Database;
  readonly nowUnixMs: () => number;
  /** Before which time all usage that was received is counted. */
  readonly countedUntilUnixMs: () => Promise<number>;
  readonly logger: Logger;
}

const FACTS_MAX = 10_000;
const WRITES_MAX = 1_000;
const EVENTS_MAX = 1_000;
const LISTED = 100;
const TAKEN_MAX = 100;
const LEASE_MAX_MS = 3_600_000;
const OWN_ACCOUNT = "000000000000";

const states: Readonly<Record<DeliveryState, BillingDeliveryState>> = {
  DUE: BillingDeliveryState.DUE,
  DELIVERED: BillingDeliveryState.DELIVERED,
  DEAD: BillingDeliveryState.DEAD,
  ACCEPTED: BillingDeliveryState.ACCEPTED,
};

/** undefined: unspecified. */
const stateOf = (state: BillingDeliveryState): DeliveryState | undefined =>
  (Object.keys(states) as DeliveryState[]).find((name) => states[name] === state);

function within(value: number, name: string, least: number, most: number): number {
  if (value < least || value > most) throw new Refusal(`${name} ${value} must be from ${least} to ${most}`);
  return value;
}

const types: ReadonlySet<string> = new Set(BILLING_EVENTS);

function typeOf(type: string): BillingEventType {
  if (!types.has(type)) throw new Refusal(`type '${type}' must be one of ${BILLING_EVENTS.join(", ")}`);
  return type as BillingEventType;
}

function contentOf(content: string): object {
  let read: unknown;
  try {
    read = JSON.parse(content);
  } catch {
    read = undefined;
  }
  if (typeof read !== "object" || read === null) throw new Refusal("content must be an object of JSON");
  return read;
}

const toEvent = (event: BillingEvent) => ({ ...event, timeUnixMs: BigInt(event.timeUnixMs) });

type Events = ServiceImplementation<typeof BillingEventService>;

type Served = <I, O>(run: (request: I, caller: RpcCaller) => Promise<O>) => ReturnType<typeof unary<I, O>>;
type Stored = Omit<BillingEventServiceOptions, "logger">;

type Facts = Pick<Events, "listBillingFacts" | "recordBillingFacts">;

const servingFacts = (serve: Served, { database }: Stored): Facts => ({
  listBillingFacts: serve(async ({ afterAccountId: accountId, afterFact: fact, limit }) => ({
    facts: (await listFacts(database, { accountId, fact }, within(limit, "limit", 1, FACTS_MAX))).map(
      (one) => ({ ...one, version: BigInt(one.version) }),
    ),
  })),
  recordBillingFacts: serve(async ({ facts }) => {
    within(facts.length, "the number of facts", 0, WRITES_MAX);
    const writes = facts.map(({ fact, removed, events }) => {
      if (!fact) throw new Refusal("fact is missing");
      return {
        fact: { ...fact, version: Number(fact.version) },
        isRemoved: removed,
        events: events.map(({ type, subject, timeUnixMs, content }) => ({
          type: typeOf(type),
          subject,
          timeUnixMs: Number(timeUnixMs),
          content: contentOf(content),
        })),
      };
    });
    return { recorded: [...(await recordFacts(database, writes))] };
  }),
});

type Listings = Pick<Events, "listBillingEvents" | "resendBillingEvent" | "acceptBillingDeliveries">;

const servingEvents = (serve: Served, { database, nowUnixMs }: Stored): Listings => ({
  listBillingEvents: serve(async ({ accountId, typePrefix, state, limit }) => {
    const found = await listBillingEvents(database, {
      accountId: accountId || OWN_ACCOUNT,
      typePrefix,
      state: stateOf(state),
      limit: within(limit || LISTED, "limit", 1, EVENTS_MAX),
    });
    return {
      events: found.map(({ deliveries, ...event }) => ({
        ...toEvent(event),
        deliveries: deliveries.map((one) => ({
          ...one,
          state: states[one.state],
          timeUnixMs: BigInt(one.timeUnixMs),
          acts: one.acts.map((act) => ({
            ...act,
            action: BillingDeliveryAction[act.action],
            timeUnixMs: BigInt(act.timeUnixMs),
          })),
        })),
      })),
    };
  }),
  resendBillingEvent: serve(async ({ accountId, eventId, target }, { operator }) => ({
    resentCount: await resendEvents(
      database,
      { accountId: accountId || OWN_ACCOUNT, eventId, target },
      { actor: operator.name, nowUnixMs: nowUnixMs() },
    ),
  })),
  acceptBillingDeliveries: serve(async ({ accountId, eventId, target, reason }, { operator }) => ({
    acceptedCount: await acceptDeliveries(
      database,
      { accountId: accountId || OWN_ACCOUNT, eventId, target },
      { actor: operator.name, nowUnixMs: nowUnixMs(), reason },
    ),
  })),
});

const servingDeliveries = (
  serve: Served,
  { database, nowUnixMs, countedUntilUnixMs }: Stored,
): Omit<Events, keyof Facts | keyof Listings> => ({
  listNewBillingEvents: serve(async ({ limit }) => ({
    events: (await listNewEvents(database, within(limit, "limit", 1, EVENTS_MAX))).map(toEvent),
  })),
  routeBillingEvent: serve(async ({ eventId, targets }) => {
    await routeEvent(database, eventId, targets, nowUnixMs());
    return {};
  }),
  reportUsage: serve(async ({ accountId, meter }) => ({
    eventCount: await reportUsage(database, {
      accountId: accountId || OWN_ACCOUNT,
      meter,
      nowMs: nowUnixMs(),
      countedUntilMs: await countedUntilUnixMs(),
    }),
  })),
  takeBillingDeliveries: serve(async ({ limit, leaseMs }) => {
    const taken = await takeDeliveries(database, {
      limit: within(limit, "limit", 1, TAKEN_MAX),
      leaseMs: within(leaseMs, "lease_ms", 1, LEASE_MAX_MS),
      nowMs: nowUnixMs(),
    });
    return { deliveries: taken.map(({ event, ...rest }) => ({ ...rest, event: toEvent(event) })) };
  }),
  settleBillingDelivery: serve(async ({ state, retryUnixMs, ...of }) => {
    const settled = stateOf(state);
    if (!settled || settled === "ACCEPTED") throw new Refusal("state must be DUE, DELIVERED or DEAD");
    const timeUnixMs = settled === "DUE" ? Number(retryUnixMs) : nowUnixMs();
    await settleDelivery(database, { ...of, state: settled, timeUnixMs });
    return {};
  }),
});

/** createBillingEventService serves events of billing and their deliveries over gRPC. */
export function createBillingEventService({ logger, ...stored }: BillingEventServiceOptions): Events {
  const report = (error: unknown) =>
    logger.error({ err: error }, "a request for events of billing failed unexpectedly");
  const serve: Served = (run) =>
    unary(async (request, caller) => {
      try {
        return await run(request, caller);
      } catch (error) {
        throw toRpcError(error);
      }
    }, report);
  return {
    ...servingFacts(serve, stored),
    ...servingEvents(serve, stored),
    ...servingDeliveries(serve, stored),
  };
}
