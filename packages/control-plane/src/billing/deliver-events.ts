import { isEventWanted } from "@tollgate/config";
import type { Logger } from "@tollgate/telemetry";
import type { Mirror } from "../mirror/mirror.ts";
import { NotSent } from "../notification/send-http.ts";
import { type Message, sendToTarget, type TargetOptions } from "../notification/send-to-target.ts";
import type { BillingRecords, Outcome, StoredEvent, TakenDelivery } from "./billing-records.ts";

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
        taken.map((delivery) => this.#deliver(delivery, known.get(keyOf(delivery)), hanging)),
      );
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
      if (taken.length < AT_ONCE) return;
    }
  }

  async #route(): Promise<void> {
    const { records, mirror } = this.#options;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const events = await records.newEvents(NEW_AT_ONCE);
      for (const { eventId, accountId, type } of events) {
        const targets = mirror
          .account(accountId)
          .list("NotificationTarget", "")
          .filter(({ spec }) => spec.events?.some((pattern) => isEventWanted(pattern, type)));
        await records.route(
          eventId,
          targets.map(({ id }) => id),
        );
      }
      if (events.length < NEW_AT_ONCE) return;
    }
  }

  async #deliver(delivery: TakenDelivery, problem: string | undefined, hanging: Hanging): Promise<void> {
    const outcome =
      problem === undefined ? await this.#send(delivery, hanging) : this.#failed(delivery, problem);
    await this.#options.records.settle(delivery, outcome);
  }

  async #send(delivery: TakenDelivery, hanging: Hanging): Promise<Outcome> {
    const { event, target } = delivery;
    const { mirror, logger } = this.#options;
    const of = { account: event.accountId, event: event.eventId, type: event.type, target };
    const spec = mirror.account(event.accountId).find("NotificationTarget", "", target)?.spec;
    if (!spec) return { state: "DEAD", problem: `there is no NotificationTarget '${target}' any more` };
    try {
      await sendToTarget(this.#options, spec, messageOf(event));
      return { state: "DELIVERED" };
    } catch (error) {
      const isExpected = error instanceof NotSent;
      if (!isExpected) logger.error({ err: error, ...of }, "an event of billing could not be sent");
      const problem = isExpected ? error.message : UNEXPECTED;
      if (isExpected && error.isTimeout) hanging.set(keyOf(delivery), problem);
      return this.#failed(delivery, problem, { isGone: isExpected && error.isGone });
    }
  }

  #failed({ event, target, attempts }: TakenDelivery, problem: string, { isGone = false } = {}): Outcome {
    const { logger } = this.#options;
    const of = { account: event.accountId, event: event.eventId, type: event.type, target };
    const retryMs = isGone ? undefined : RETRY_MS[attempts - 1];
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
