import type { Entity } from "@tollgate/config";
import type { Logger } from "@tollgate/telemetry";
import type { AlarmRecords } from "../alarm/alarm-records.ts";
import { AccountState, type Mirror } from "../mirror/mirror.ts";
import type { BillingRecords, Fact, FactWrite } from "./billing-records.ts";
import { factsOfConfig } from "./config-facts.ts";
import { type Limited, limitedOf, spendFactOf, spendWarnings, suspensionOf } from "./spend-limits.ts";

/** SuspendSubscription writes until when calls of a subscription are refused, unless it was changed since it was read; undefined: they are not. */
export type SuspendSubscription = (
  accountId: string,
  subscription: Entity<"Subscription">,
  until: string | undefined,
) => Promise<void>;

export interface BillingWatchOptions {
  readonly mirror: Pick<Mirror, "accounts">;
  readonly records: BillingRecords;
  /** Says which control plane evaluates alarms: the same one watches billing. */
  readonly lead: Pick<AlarmRecords, "lead">;
  readonly suspend: SuspendSubscription;
  /** Names this process among those that could watch. */
  readonly plane: string;
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, "info">;
}

/** A process that is gone is replaced after this time. */
const LEASE_MS = 30_000;
/** Subscriptions whose spending is read at the same time, and for how long at most: the others have their turn next. */
const AT_ONCE = 4;
const SPEND_MS = 8_000;

const REPORT_EVERY_MS = 60_000;
/** As many events are written at once at most, and so often in a row: others have their turn, too. */
const REPORTED_AT_ONCE = 500;
const REPORT_ROUNDS_MAX = 20;

type Known = Map<string, Map<string, Fact>>;

/**
 * BillingWatch turns what happens to customers, subscriptions and spend limits into events, in the one control plane that leads. What was recorded last is
 * written with the events and with the version that was read: each change is recorded once, whoever else may still believe to lead.
 */
export class BillingWatch {
  readonly #options: BillingWatchOptions;
  /** By account and name; undefined: they have to be read. */
  #known: Known | undefined;
  /** The subscription whose spending was read last, so that all have their turn. */
  #turn = "";
  #reportedMs = 0;

  constructor(options: BillingWatchOptions) {
    this.#options = options;
  }

  /** run records what has happened since the last time, if this process leads; returns whether it does. */
  async run(): Promise<boolean> {
    const { lead, plane, mirror, nowMs } = this.#options;
    if (!(await lead.lead(plane, LEASE_MS))) {
      this.#known = undefined;
      return false;
    }
    const known = (this.#known ??= await this.#read());
    // An account whose last entity is deleted is not in a mirror that is read after that.
    for (const accountId of new Set([...mirror.accounts.keys(), ...known.keys()])) {
      const account = mirror.accounts.get(accountId) ?? new AccountState(accountId);
      await this.#record(factsOfConfig(accountId, account, known.get(accountId) ?? new Map(), nowMs()));
    }
    await this.#watchSpending();
    await this.#reportUsage();
    return true;
  }

  /** Asks for the usage of each meter that a sink has, now and then: hours are reported once they have ended. */
  async #reportUsage(): Promise<void> {
    const { mirror, records, nowMs } = this.#options;
    if (Math.abs(nowMs() - this.#reportedMs) < REPORT_EVERY_MS) return;
    this.#reportedMs = nowMs();
    for (const [accountId, account] of mirror.accounts) {
      const meters = account
        .list("UsageSink", "")
        .flatMap(({ spec }) => spec.meters.map(({ meter }) => meter));
      for (const meter of new Set(meters))
        for (let round = 0; round < REPORT_ROUNDS_MAX; round++)
          if ((await records.reportUsage(accountId, meter)) < REPORTED_AT_ONCE) break;
    }
  }

  async #read(): Promise<Known> {
    const facts = await this.#options.records.facts();
    return new Map(
      [...Map.groupBy(facts, ({ accountId }) => accountId)].map(([accountId, of]) => [
        accountId,
        new Map(of.map((one) => [one.fact, one])),
      ]),
    );
  }

  #factOf(accountId: string, name: string): Fact | undefined {
    return this.#known?.get(accountId)?.get(name);
  }

  async #record(writes: readonly FactWrite[]): Promise<void> {
    if (writes.length === 0) return;
    const recorded = await this.#options.records.record(writes);
    for (const [i, { fact, isRemoved }] of writes.entries()) {
      const of = this.#known?.get(fact.accountId) ?? new Map<string, Fact>();
      this.#known?.set(fact.accountId, of);
      if (isRemoved) of.delete(fact.fact);
      else of.set(fact.fact, { ...fact, version: fact.version + 1 });
      // Somebody else has written it: all are read again.
      if (!recorded[i]) this.#known = undefined;
    }
  }

  /** All that may be limited, beginning after whoever had the last turn. */
  #limited(): readonly { readonly accountId: string; readonly subscription: Entity<"Subscription"> }[] {
    const all = [...this.#options.mirror.accounts].flatMap(([accountId, account]) =>
      account
        .list("Subscription", "")
        .filter(({ spec }) => spec.spendLimit !== undefined || spec.suspendedUntil !== undefined)
        .map((subscription) => ({ accountId, subscription })),
    );
    const at = all.findIndex((one) => keyOf(one) === this.#turn) + 1;
    return [...all.slice(at), ...all.slice(0, at)];
  }

  async #watchSpending(): Promise<void> {
    const { nowMs } = this.#options;
    const queue = [...this.#limited()];
    const endMs = nowMs() + SPEND_MS;
    let failure: unknown;
    const work = async () => {
      while (nowMs() < endMs) {
        const one = queue.shift();
        if (!one) return;
        this.#turn = keyOf(one);
        try {
          await this.#compare(one.accountId, one.subscription);
        } catch (error) {
          const { message } = error as Error;
          failure ??= new Error(`the spending of '${one.subscription.id}' is not known: ${message}`, {
            cause: error,
          });
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (failure !== undefined) throw failure;
  }

  async #compare(accountId: string, subscription: Entity<"Subscription">): Promise<void> {
    const { mirror, records, nowMs } = this.#options;
    const account = mirror.accounts.get(accountId);
    const limited = account && limitedOf(accountId, account, subscription, nowMs());
    if (!limited) return this.#suspend(accountId, subscription, undefined);
    const spending = await records.spent(limited.terms);
    await this.#warn(limited, spending);
    await this.#suspend(accountId, subscription, suspensionOf(limited, spending, nowMs()));
  }

  async #warn(limited: Limited, spending: { readonly total: string; readonly currency: string }) {
    const { accountId, subscriptionId } = limited.terms;
    const known = this.#factOf(accountId, spendFactOf(subscriptionId));
    const write = spendWarnings(limited, spending, known, this.#options.nowMs());
    if (write) await this.#record([write]);
  }

  async #suspend(accountId: string, subscription: Entity<"Subscription">, until: string | undefined) {
    if (subscription.spec.suspendedUntil === until) return;
    const { suspend, logger } = this.#options;
    await suspend(accountId, subscription, until);
    logger.info(
      { account: accountId, subscription: subscription.id, until: until ?? "" },
      until === undefined
        ? "a subscription is below its spend limit or has ended: it has no calls refused any more"
        : "a subscription has reached its spend limit: its calls are refused",
    );
  }
}

const keyOf = (one: { readonly accountId: string; readonly subscription: Entity<"Subscription"> }): string =>
  `${one.accountId} ${one.subscription.id}`;
