import { USAGE_REPORTED } from "@tollgate/config";
import type { Logger } from "@tollgate/telemetry";
import type { Mirror } from "../mirror/mirror.ts";
import { NotSent } from "../notification/send-http.ts";
import { type Message, sendToTarget, type TargetOptions } from "../notification/send-to-target.ts";
import type { BillingRecords, Outcome, StoredEvent, TakenDelivery } from "./billing-records.ts";
import { deliverUsage, isOfSink, takesBatches, targetsOf } from "./deliver-usage.ts";

export interface EventDeliveryOptions extends TargetOptions {
  readonly mirror: Pick<Mirror, "account">;
  readonly records: BillingRecords;
  /** From 0 to 1: attempts of many events at one receiver are spread by it. */
  readonly random: () => number;
  readonly logger: Pick<Logger, "warn" | "error">;
}

const NEW_AT_ONCE = 100;
const AT_ONCE = 20;
/** Many events are sent without a pause, but others of this process have their turn, too. */
const ROUNDS_MAX = 50;
/** Whoever has taken a delivery and is gone does not end it: somebody else does after this time. */
const LEASE_MS = 60_000;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** When a delivery is tried again after each attempt that failed; after the last one it is given up. */
const RETRY_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
/** Stripe recognizes a repeated report for a day after it took it: all attempts are within 20 hours of the first one, whose response may have been lost. */
const USAGE_RETRY_MS = RETRY_MS.slice(0, 6);
const retriesOf = ({ type }: StoredEvent): readonly number[] =>
  type === USAGE_REPORTED ? USAGE_RETRY_MS : RETRY_MS;
/** Times are longer by up to this share. */
const JITTER = 0.1;
const UNEXPECTED = "it failed by an internal error";

/** The version of the form below; members may be added to it. */
const API_VERSION = "1";

/**
 * Targets that did not respond in time in this run, with what became of it, by account and id. What else is due for them is not sent in this run: each
 * batch would wait for them again, and the events of all others with it.
 */
type Hanging = Map<string, string>;

/** Batch is what is sent to one target at once. */
type Batch = readonly [TakenDelivery, ...TakenDelivery[]];

/** Whether a batch was refused for what one of its events says. */
const isOfContent = (error: unknown): boolean =>
  error instanceof NotSent && (error.isOfMessage || error.status === 400 || error.status === 422);

const keyOf = ({ event, target }: TakenDelivery): string => `${event.accountId}/${target}`;

/** messageOf is an event as its receivers get it. */
function messageOf({ eventId: id, accountId, type, subject, timeUnixMs, content }: StoredEvent): Message {
  const time = new Date(timeUnixMs).toISOString();
  const data = JSON.parse(content) as object;
  return {
    id,
    content: { id, type, apiVersion: API_VERSION, time, accountId, subject, data },
    subject: `${type}: ${subject}`,
    text: [
      `${type}: ${subject}`,
      `Account: ${accountId}`,
      `Time: ${time}`,
      "",
      JSON.stringify(data, null, 2),
      "",
    ].join("\n"),
    key: `${accountId}/${subject}`,
  };
}

/**
 * EventDelivery sends events of billing to the NotificationTargets that want them. Whoever takes a delivery is the only one to send it for a time: each
 * receiver gets each event at least once, with the same id each time.
 */
export class EventDelivery {
  readonly #options: EventDeliveryOptions;

  constructor(options: EventDeliveryOptions) {
    this.#options = options;
  }

  /** run says where new events go, and sends what is due. */
  async run(): Promise<void> {
    await this.#route();
    const hanging: Hanging = new Map();
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const taken = await this.#options.records.take(AT_ONCE, LEASE_MS);
      const known: Hanging = new Map(hanging);
      // All have ended before the next are taken.
      const outcomes = await Promise.allSettled(
        this.#batchesOf(taken).map((batch) => this.#deliver(batch, known.get(keyOf(batch[0])), hanging)),
      );
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
      if (taken.length < AT_ONCE) return;
    }
  }

  async #route(): Promise<void> {
    const { records, mirror } = this.#options;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const events = await records.newEvents(NEW_AT_ONCE);
      for (const event of events)
        await records.route(event.eventId, targetsOf(mirror.account(event.accountId), event));
      if (events.length < NEW_AT_ONCE) return;
    }
  }

  /** What goes to a sink that takes batches goes there at once. */
  #batchesOf(taken: readonly TakenDelivery[]): readonly Batch[] {
    const takes = ({ event, target }: TakenDelivery): boolean =>
      takesBatches(this.#options.mirror.account(event.accountId), target);
    const batches = [...Map.groupBy(taken, (one) => (takes(one) ? keyOf(one) : one)).values()];
    return batches.flatMap(([first, ...rest]): Batch[] => (first ? [[first, ...rest]] : []));
  }

  async #deliver(batch: Batch, problem: string | undefined, hanging: Hanging): Promise<void> {
    const outcomes =
      problem === undefined
        ? await this.#send(batch, hanging)
        : batch.map((one) => this.#failed(one, problem));
    for (const [i, outcome] of outcomes.entries())
      await this.#options.records.settle(batch[i] as TakenDelivery, outcome);
  }

  /** What became of each delivery of a batch. */
  async #send(batch: Batch, hanging: Hanging): Promise<readonly Outcome[]> {
    try {
      await this.#sendAll(batch);
      return batch.map(() => ({ state: "DELIVERED" }));
    } catch (error) {
      if (batch.length === 1 || !isOfContent(error))
        return batch.map((one) => this.#outcomeOf(one, error, hanging));
      // What is wrong with one must not keep back the others.
      const each: Outcome[] = [];
      for (const one of batch) each.push(...(await this.#send([one], hanging)));
      return each;
    }
  }

  async #sendAll(batch: Batch): Promise<void> {
    const [{ event, target }] = batch;
    const account = this.#options.mirror.account(event.accountId);
    if (isOfSink(target)) {
      const events = batch.map((one) => one.event);
      return await deliverUsage(this.#options.upstreams.transport, account, { target, events });
    }
    const spec = account.find("NotificationTarget", "", target)?.spec;
    if (!spec) throw new NotSent(`there is no NotificationTarget '${target}' any more`, { isGone: true });
    await sendToTarget(this.#options, spec, messageOf(event));
  }

  #outcomeOf(delivery: TakenDelivery, error: unknown, hanging: Hanging): Outcome {
    const { event, target } = delivery;
    const of = { account: event.accountId, event: event.eventId, type: event.type, target };
    const isExpected = error instanceof NotSent;
    if (!isExpected)
      this.#options.logger.error({ err: error, ...of }, "an event of billing could not be sent");
    const problem = isExpected ? error.message : UNEXPECTED;
    if (isExpected && error.isTimeout) hanging.set(keyOf(delivery), problem);
    return this.#failed(delivery, problem, { isGone: isExpected && error.isGone });
  }

  #failed({ event, target, attempts }: TakenDelivery, problem: string, { isGone = false } = {}): Outcome {
    const { logger } = this.#options;
    const of = { account: event.accountId, event: event.eventId, type: event.type, target };
    const retryMs = isGone ? undefined : retriesOf(event)[attempts - 1];
    if (retryMs === undefined) {
      logger.error({ ...of, problem }, "an event of billing was given up");
      return { state: "DEAD", problem };
    }
    if (attempts === 1)
      logger.warn({ ...of, problem }, "an event of billing was not taken; it is sent again");
    return { state: "DUE", problem, retryUnixMs: this.#laterBy(retryMs) };
  }

  #laterBy(retryMs: number): number {
    const { nowMs, random } = this.#options;
    return nowMs() + Math.round(retryMs * (1 + JITTER * random()));
  }
}
