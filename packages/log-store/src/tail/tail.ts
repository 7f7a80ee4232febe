import type { LogPattern } from "../pattern/log-pattern.ts";
import type { Follower, StreamEvents } from "../store/log-store.ts";

/** What an update has at most (AWS: StartLiveTail): events, and bytes of their messages. */
const EVENTS_MAX = 500;
const MESSAGES_MAX_BYTES = 1024 * 1024;

/** TailQuery says which events of an account a tail has. */
export interface TailQuery {
  readonly accountId: string;
  readonly logGroups: readonly string[];
  /** Empty: all, or those with a prefix. */
  readonly streams: readonly string[];
  readonly streamPrefixes: readonly string[];
  readonly pattern?: LogPattern | undefined;
}

/** What patterns of one tail may take for an update, and those of all tails together: whoever stores events waits for them. */
const MATCH_MAX_MS = 50;
const ALL_MATCH_MAX_MS = 200;

/** What all tails keep until their next updates. */
const ALL_MAX_BYTES = 64 * 1024 * 1024;

/** TailShares divides the time of patterns, and the memory, among the tails that are open, so that none takes it from the others. */
export class TailShares {
  #open = 0;

  /** What a tail may take for an update now. */
  get maxMs(): number {
    return Math.min(MATCH_MAX_MS, ALL_MATCH_MAX_MS / Math.max(1, this.#open));
  }

  /** What a tail may keep for an update now: bytes of messages. */
  get maxBytes(): number {
    return Math.min(MESSAGES_MAX_BYTES, ALL_MAX_BYTES / Math.max(1, this.#open));
  }

  /** open counts a tail until it is disposed. */
  open(): Disposable {
    this.#open++;
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (isOpen) this.#open--;
        isOpen = false;
      },
    };
  }
}

export interface TailOptions {
  /** Of all tails whose events are stored by one process; absent: there is no other one. */
  readonly shares?: TailShares;
  readonly random?: () => number;
  readonly nowMs?: () => number;
}

export interface TailedEvent {
  readonly logGroup: string;
  readonly stream: string;
  readonly unixMs: number;
  readonly ingestionMs: number;
  readonly message: string;
}

export interface TailUpdate {
  readonly events: readonly TailedEvent[];
  /** There were more than an update has. */
  readonly isSampled: boolean;
}

/** Tail keeps events of groups as they are stored, until they are taken. Of too many it keeps some, each with the same chance. */
export class Tail implements Follower {
  readonly #query: TailQuery;
  readonly #groups: ReadonlySet<string>;
  readonly #shares: TailShares;
  readonly #random: () => number;
  readonly #nowMs: () => number;
  #events: TailedEvent[] = [];
  #bytes = 0;
  #seen = 0;
  #matchedMs = 0;
  #failure: Error | undefined;

  constructor(
    query: TailQuery,
    { shares = new TailShares(), random = Math.random, nowMs = () => performance.now() }: TailOptions = {},
  ) {
    this.#shares = shares;
    this.#query = query;
    this.#groups = new Set(query.logGroups);
    this.#random = random;
    this.#nowMs = nowMs;
  }

  /** Events are only looked at: what fails here fails with the next update, and not where events are stored. */
  add({ accountId, logGroup, stream, events }: StreamEvents): void {
    if (accountId !== this.#query.accountId || !this.#groups.has(logGroup) || !this.#hasStream(stream))
      return;
    const { maxMs } = this.#shares;
    const startedMs = this.#nowMs() - this.#matchedMs;
    try {
      for (const { unixMs, ingestionMs, message } of events) {
        if (this.#failure) return;
        if (this.#matchedMs > maxMs) this.#seen++;
        else if (this.#query.pattern?.matches(message) ?? true)
          this.#keep({ logGroup, stream, unixMs, ingestionMs, message });
        this.#matchedMs = this.#nowMs() - startedMs;
      }
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  #hasStream(stream: string): boolean {
    const { streams, streamPrefixes } = this.#query;
    if (streams.length === 0 && streamPrefixes.length === 0) return true;
    return streams.includes(stream) || streamPrefixes.some((prefix) => stream.startsWith(prefix));
  }

  #keep(event: TailedEvent): void {
    this.#seen++;
    const size = Buffer.byteLength(event.message);
    const { maxBytes } = this.#shares;
    if (this.#events.length < EVENTS_MAX && this.#bytes + size <= maxBytes) {
      this.#events.push(event);
      this.#bytes += size;
      return;
    }
    const at = Math.floor(this.#random() * this.#seen);
    const replaced = this.#events[at];
    if (!replaced) return;
    const replacedSize = Buffer.byteLength(replaced.message);
    if (this.#bytes - replacedSize + size > maxBytes) return;
    this.#bytes += size - replacedSize;
    // What is newer stays behind what is older.
    this.#events.splice(at, 1);
    this.#events.push(event);
  }

  /** take returns what was stored since it was called last. Throws what the pattern failed with. */
  take(): TailUpdate {
    if (this.#failure) throw this.#failure;
    const update = { events: this.#events, isSampled: this.#seen > this.#events.length };
    [this.#events, this.#bytes, this.#seen, this.#matchedMs] = [[], 0, 0, 0];
    return update;
  }
}
