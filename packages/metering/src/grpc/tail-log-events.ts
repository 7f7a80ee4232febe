import { setTimeout as delay } from "node:timers/promises";
import { compilePattern, LogRefusal, type LogStore, Tail, TailShares } from "@tollgate/log-store";
import type { TailLogEventsRequest } from "@tollgate/proto/logs";

/** AWS sends an update each second. */
const UPDATE_MS = 1_000;
/** Tails that an account may have open (AWS: CloudWatch Logs quotas). */
const TAILS_MAX = 15;

/** Tails sends events to clients as they are stored. */
export class Tails {
  readonly #store: LogStore;
  readonly #open = new Map<string, number>();
  readonly #shares = new TailShares();

  constructor(store: LogStore) {
    this.#store = store;
  }

  /** follow sends an update each second until the client disconnects. The first says that it has begun. Throws LogRefusal. */
  async *follow(
    { accountId, logGroups, logStreams, logStreamPrefixes, pattern }: TailLogEventsRequest,
    signal: AbortSignal,
  ) {
    for (const logGroup of logGroups) this.#store.group({ accountId, logGroup });
    const open = this.#open.get(accountId) ?? 0;
    if (open >= TAILS_MAX)
      throw new LogRefusal(
        "limit",
        `The account has ${TAILS_MAX} live tail sessions, which is as many as it may have.`,
      );
    const query = { accountId, logGroups, streams: logStreams, streamPrefixes: logStreamPrefixes };
    const tail = new Tail({ ...query, pattern: compilePattern(pattern) }, { shares: this.#shares });
    this.#open.set(accountId, open + 1);
    const following = this.#store.follow(tail);
    const share = this.#shares.open();
    try {
      yield { events: [], sampled: false };
      for (;;) {
        await delay(UPDATE_MS, undefined, { signal });
        const { events, isSampled } = tail.take();
        yield {
          sampled: isSampled,
          events: events.map(({ logGroup, stream, unixMs, ingestionMs, message }) => ({
            logGroup,
            logStream: stream,
            unixMs: BigInt(unixMs),
            ingestionUnixMs: BigInt(ingestionMs),
            message,
          })),
        };
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      following[Symbol.dispose]();
      share[Symbol.dispose]();
      this.#leave(accountId);
    }
  }

  #leave(accountId: string): void {
    const left = (this.#open.get(accountId) ?? 1) - 1;
    if (left > 0) this.#open.set(accountId, left);
    else this.#open.delete(accountId);
  }
}
