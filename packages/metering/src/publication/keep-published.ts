import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import type { FencedSender } from "@tollgate/usage-stream/kafka";
import { type Database, DatabaseUnreachable } from "../usage-store/database.ts";
import { type Publication, publishPage, restartIfShorter } from "./publication.ts";
import { claimPublisher, Lost, type Publisher, releasePublisher } from "./publisher.ts";

const LEASE_MS = 30_000;
const LOOK_EVERY_MS = 500;
/** How soon a metering that does not publish looks whether it has to. */
const CLAIM_EVERY_MS = 2_000;
const RETRY_MS = 2_000;
const STOP_MS = 5_000;

export interface PublishingOptions {
  readonly database: Database;
  readonly publication: Publication;
  /** Opens a sender that closes the topic to those before. */
  readonly openSender: () => Promise<FencedSender>;
  readonly logger: Logger;
  readonly nowMs?: () => number;
}

export interface Publishing extends AsyncDisposable {
  readonly topic: string;
  /** Messages that this process has sent. */
  readonly published: number;
  waitingSeconds(): Promise<number>;
}

/** Logs a failure once until it is another one, or publishing goes on. */
function reportOutcomes(topic: string, logger: Logger) {
  let failure = "";
  return {
    succeeded(): void {
      if (failure !== "") logger.info({ topic }, "publishing goes on");
      failure = "";
    },
    failed(error: unknown): void {
      if (error instanceof DatabaseUnreachable || error instanceof Lost) return;
      const { message } = error as Error;
      if (message !== failure)
        logger.warn({ topic, err: error }, "nothing can be published; it is tried again");
      failure = message;
    },
  };
}

/** keepPublished publishes to a topic, in one of the meterings of a database, until it is disposed. What cannot be sent is tried again. */
export function keepPublished({
  database,
  publication,
  openSender,
  logger,
  nowMs = Date.now,
}: PublishingOptions): Publishing {
  const { topic } = publication;
  const owner = randomUUID();
  const stopped = new AbortController();
  const { signal } = stopped;
  let published = 0;
  const outcomes = reportOutcomes(topic, logger);
  let mine: { readonly publisher: Publisher; readonly sender: FencedSender } | undefined;

  const drop = async (): Promise<void> => {
    const old = mine;
    mine = undefined;
    await old?.sender[Symbol.asyncDispose]();
  };
  /** The sender is opened after the lease is taken, and rows are read after that: what is sent by one before is older. */
  const hold = async (): Promise<typeof mine> => {
    const now = nowMs();
    if (mine && mine.publisher.untilUnixMs - now > LEASE_MS / 2) return mine;
    const publisher = await claimPublisher(database, { topic, owner, leaseMs: LEASE_MS, nowMs: now });
    if (mine && publisher?.generation === mine.publisher.generation) mine = { ...mine, publisher };
    else {
      await drop();
      if (publisher) mine = { publisher, sender: await openSender() };
    }
    if (mine && (await restartIfShorter(database, publication, mine.publisher, await mine.sender.end())))
      logger.warn({ topic }, "the topic was created again: all there is is published to it");
    return mine;
  };
  /** Publishes a page, and returns after which time the next one is looked for. */
  const step = async (): Promise<number> => {
    const held = await hold();
    if (!held) return CLAIM_EVERY_MS;
    const { publisher, sender } = held;
    const count = await publishPage(database, publication, publisher, {
      send: (messages) => sender.send(messages),
      nowMs: nowMs(),
    });
    outcomes.succeeded();
    if (count === undefined) return LOOK_EVERY_MS;
    published += count;
    return 0;
  };
  const running = (async () => {
    while (!signal.aborted) {
      const waitMs = await step().catch(async (error: unknown) => {
        outcomes.failed(error);
        await drop();
        return RETRY_MS;
      });
      if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
    const last = mine?.publisher;
    await drop();
    if (last) await releasePublisher(database, last).catch(() => undefined);
  })();
  return {
    topic,
    get published() {
      return published;
    },
    async waitingSeconds() {
      const since = await publication.waitingSinceUnixMs(database);
      return since === undefined ? 0 : Math.max(0, nowMs() - since) / 1_000;
    },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      // Kafka may be away, and a process that stops does not wait for it: what is on its way is published again.
      await Promise.race([running, delay(STOP_MS, undefined, { ref: false })]);
    },
  };
}
