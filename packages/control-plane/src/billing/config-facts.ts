import {
  type BillingEventType,
  canonicalJson,
  digestOf,
  type SpecOf,
  type SubscriptionState,
  subscriptionState,
} from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import type { Fact, FactWrite } from "./billing-records.ts";

/** What is said of something: as it is now, in the words that its fact is compared by. */
interface Subject {
  readonly kind: "customer" | "subscription";
  readonly id: string;
  /** Words without spaces, the last of which is a digest. */
  readonly words: readonly string[];
  readonly content: object;
}

type Payment = NonNullable<SpecOf<"Customer">["payment"]>;
const PAYMENT: Payment = "CURRENT";
const FREE = "free";
const SUSPENDED = "suspended";

const customerOf = ({ entity, digest }: StoredEntity<"Customer">): Subject => ({
  kind: "customer",
  id: entity.id,
  words: [entity.spec.payment ?? PAYMENT, digest],
  content: { customer: { id: entity.id, ...entity.spec } },
});

function subscriptionOf(
  { entity, digest }: StoredEntity<"Subscription">,
  account: AccountState,
  nowMs: number,
): Subject {
  const { id, spec } = entity;
  const { suspendedUntil, ...own } = spec;
  const timeZone = account.find("Customer", "", spec.customerId)?.spec.timeZone ?? "UTC";
  const state = subscriptionState(spec, nowMs, timeZone);
  const isFree = suspendedUntil === undefined;
  return {
    kind: "subscription",
    id,
    words: [state, isFree ? FREE : SUSPENDED, isFree ? digest : digestOf(canonicalJson(own))],
    content: { subscription: { id, state, ...spec } },
  };
}

function* subjectsOf(account: AccountState, nowMs: number): Generator<Subject> {
  for (const stored of account.ofKinds("", (kind) => kind === "Customer"))
    yield customerOf(stored as StoredEntity<"Customer">);
  for (const stored of account.ofKinds("", (kind) => kind === "Subscription"))
    yield subscriptionOf(stored as StoredEntity<"Subscription">, account, nowMs);
}

/** What changes of a customer are called; `before` is undefined for a new one. */
function eventsOfCustomer(
  before: readonly string[] | undefined,
  [payment = PAYMENT, digest]: readonly string[],
): readonly BillingEventType[] {
  const [oldPayment = PAYMENT, oldDigest] = before ?? [];
  const paid: Readonly<Record<string, BillingEventType>> = {
    SUSPENDED: "customer.suspended",
    OVERDUE: "customer.overdue",
  };
  const events: BillingEventType[] = before ? [] : ["customer.created"];
  if (payment !== oldPayment) {
    if (oldPayment === "SUSPENDED") events.push("customer.resumed");
    const named = paid[payment];
    if (named) events.push(named);
  }
  return events.length === 0 && digest !== oldDigest ? ["customer.updated"] : events;
}

const STARTED: ReadonlySet<string> = new Set<SubscriptionState>(["trial", "active", "ending"]);

/** What changes of a subscription are called; `before` is undefined for a new one. */
function eventsOfSubscription(
  before: readonly string[] | undefined,
  [state = "", hold, digest]: readonly string[],
): readonly BillingEventType[] {
  const [oldState = "pending", oldHold = FREE, oldDigest] = before ?? [];
  const events: BillingEventType[] = before ? [] : ["subscription.created"];
  if (before && digest !== oldDigest) events.push("subscription.changed");
  if (!STARTED.has(oldState) && STARTED.has(state)) events.push("subscription.started");
  if (oldState !== "ended" && state === "ended") events.push("subscription.ended");
  if (hold !== oldHold) events.push(hold === SUSPENDED ? "subscription.suspended" : "subscription.resumed");
  return events;
}

const eventsOf = { customer: eventsOfCustomer, subscription: eventsOfSubscription } as const;

/** How facts are named. */
const NAME = /^(?<kind>customer|subscription|spend)\/(?<id>.+)$/;

/** What becomes of a fact whose subject is gone, or has no spend limit any more. */
function removalOf(fact: Fact, kind: string, id: string, nowMs: number): FactWrite {
  if (kind === "spend") return { fact, isRemoved: true, events: [] };
  const type: BillingEventType = kind === "customer" ? "customer.deleted" : "subscription.deleted";
  const content = { [kind]: { id } };
  return { fact, isRemoved: true, events: [{ type, subject: id, timeUnixMs: nowMs, content }] };
}

/**
 * factsOfConfig are the facts of customers and subscriptions of an account that are not as they were recorded last, each with the events of its change.
 * `known` are the recorded ones by their names.
 */
export function factsOfConfig(
  accountId: string,
  account: AccountState,
  known: ReadonlyMap<string, Fact>,
  nowMs: number,
): readonly FactWrite[] {
  const present = new Set<string>();
  const writes: FactWrite[] = [];
  for (const { kind, id, words, content } of subjectsOf(account, nowMs)) {
    const name = `${kind}/${id}`;
    present.add(name);
    const value = words.join(" ");
    const { version = 0, value: recorded } = known.get(name) ?? {};
    if (recorded === value) continue;
    const types = eventsOf[kind](recorded?.split(" "), words);
    writes.push({
      fact: { accountId, fact: name, value, version },
      events: types.map((type) => ({ type, subject: id, timeUnixMs: nowMs, content })),
    });
  }
  for (const [name, fact] of known) {
    const { kind, id } = NAME.exec(name)?.groups ?? {};
    if (kind === undefined || id === undefined) continue;
    const isPresent =
      kind === "spend"
        ? account.find("Subscription", "", id)?.spec.spendLimit !== undefined
        : present.has(name);
    if (!isPresent) writes.push(removalOf(fact, kind, id, nowMs));
  }
  return writes;
}
