import { setImmediate as nextTurn } from "node:timers/promises";
import type { LogPattern } from "../pattern/log-pattern.ts";
import { eachRecord } from "./block.ts";
import { comparePlaces, type EventPlace, eventId, lastPlaceBefore } from "./event-id.ts";
import type { LogGroup } from "./log-group.ts";
import type { MissingEvents } from "./missing-events.ts";
import type { StoredBlock } from "./segment.ts";

/** AWS's limits of a page. */
export const PAGE_EVENTS_MAX = 10_000;
const PAGE_BYTES_MAX = 1024 * 1024;
/** Events that wait are reduced to what a page can have when they are larger than this. */
const WAITING_MAX_BYTES = 8 * PAGE_BYTES_MAX;
/** A page ends when reading it took so long: its token continues. */
const PAGE_TIME_MS = 2_000;
/** Other work of the process gets its turn after this time. */
const TURN_MS = 10;

/** EventQuery asks for a page of events of a group. */
export interface EventQuery {
  /** Streams by their numbers. */
  readonly streams: ReadonlyMap<number, string>;
  /** Inclusive. */
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly pattern?: LogPattern | undefined;
  /** The page begins behind it, in the direction of reading. */
  readonly after?: EventPlace | undefined;
  /** Newest first. */
  readonly isBackward: boolean;
  readonly limit: number;
}

export interface ReadEvent {
  readonly id: string;
  readonly unixMs: number;
  readonly ingestionMs: number;
  readonly stream: string;
  readonly message: string;
}

export interface EventPage {
  readonly events: readonly ReadEvent[];
  /** Where to continue; undefined: there is nothing more. */
  readonly next: string | undefined;
  /** What is missing because it cannot be read, of the blocks that the page needed. */
  readonly missing: readonly MissingEvents[];
}

interface Candidate extends EventPlace {
  readonly ingestionMs: number;
  readonly message: string;
}

const missingOf = (
  { stream, firstMs, lastMs, count }: StoredBlock,
  streams: ReadonlyMap<number, string>,
): MissingEvents => ({ stream: streams.get(stream) ?? "", firstMs, lastMs, count });

const always = (): boolean => true;

/** Reader collects the events of a page block by block, in the order of their times; what overlaps waits. */
class Reader {
  readonly #query: EventQuery;
  #waiting: Candidate[] = [];
  #waitingBytes = 0;
  readonly missing: MissingEvents[] = [];

  constructor(query: EventQuery) {
    this.#query = query;
  }

  /** In the order of reading. */
  compare(a: EventPlace, b: EventPlace): number {
    return this.#query.isBackward ? comparePlaces(b, a) : comparePlaces(a, b);
  }

  take(block: StoredBlock): void {
    const { startMs, endMs, after, pattern } = this.#query;
    const body = block.segment.read(block);
    if (!body) {
      // One that was removed for its age or its space is not damaged.
      if (block.segment.sizeBytes > 0) this.missing.push(missingOf(block, this.#query.streams));
      return;
    }
    const mayMatch = pattern?.candidates ? pattern.candidates(body) : always;
    if (!mayMatch) return;
    const { stream } = block;
    eachRecord(
      body,
      (unixMs, seq, from, end) =>
        unixMs >= startMs &&
        unixMs < endMs &&
        (!after || this.compare(after, { unixMs, stream, seq }) < 0) &&
        mayMatch(from, end),
      ({ unixMs, seq, ingestionMs, message }) => {
        if (pattern && !pattern.matches(message)) return;
        this.#waiting.push({ unixMs, stream, seq, ingestionMs, message });
        this.#waitingBytes += message.length;
      },
    );
  }

  /** How many of the waiting events, which are sorted, a page can have: one at least. */
  get #pageCount(): number {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ message }, i) => {
      bytes += Buffer.byteLength(message);
      return i === this.#query.limit || (bytes > PAGE_BYTES_MAX && i > 0);
    });
    return end < 0 ? this.#waiting.length : end;
  }

  /** Whether the page is full with what comes before a time, whatever later blocks have. Only what the page can have is kept. */
  isFullBefore(edgeMs: number): boolean {
    const { limit, isBackward } = this.#query;
    if (this.#waiting.length < limit && this.#waitingBytes < WAITING_MAX_BYTES) return false;
    this.#waiting.sort((a, b) => this.compare(a, b));
    const count = this.#pageCount;
    // One more than the page has by its bytes shows that the page ends there.
    this.#waiting.length = Math.min(this.#waiting.length, count < limit ? count + 1 : count);
    this.#waitingBytes = this.#waiting.reduce((sum, { message }) => sum + message.length, 0);
    const last = this.#waiting[count - 1] as Candidate;
    return isBackward ? last.unixMs > edgeMs : last.unixMs < edgeMs;
  }

  /** Where a page that ends at a time continues; undefined: it would not get on from where it began. */
  endBefore(edgeMs: number): EventPlace | undefined {
    const { isBackward, after } = this.#query;
    const end = isBackward ? { unixMs: edgeMs + 1, stream: 0, seq: 0 } : lastPlaceBefore(edgeMs);
    return !after || this.compare(after, end) < 0 ? end : undefined;
  }

  /** The page; `edgeMs` is where reading was ended, undefined: it was not. */
  page(edgeMs: number | undefined): EventPage {
    const { limit, streams, isBackward } = this.#query;
    this.#waiting.sort((a, b) => this.compare(a, b));
    const isReached = ({ unixMs }: Candidate) =>
      edgeMs === undefined || (isBackward ? unixMs > edgeMs : unixMs < edgeMs);
    const reached = this.#waiting.filter(isReached);
    this.#waiting = reached;
    const events = reached.slice(0, this.#pageCount).map(
      ({ ingestionMs, message, ...place }): ReadEvent => ({
        id: eventId(place),
        unixMs: place.unixMs,
        ingestionMs,
        stream: streams.get(place.stream) ?? "",
        message,
      }),
    );
    const isCut = events.length < reached.length || events.length === limit;
    const end = edgeMs === undefined ? undefined : this.endBefore(edgeMs);
    return { events, next: isCut ? events.at(-1)?.id : end && eventId(end), missing: this.missing };
  }
}

/** readEvents reads a page of a group's events. Memory: a page of messages and a block, and at most eight pages of what overlaps in time. */
export async function readEvents(group: LogGroup, query: EventQuery): Promise<EventPage> {
  group.readers++;
  try {
    return await readPage(group, query);
  } finally {
    group.readers--;
  }
}

async function readPage(group: LogGroup, query: EventQuery): Promise<EventPage> {
  const { isBackward, after, streams } = query;
  const blocks = group
    .blocks(streams, Math.max(query.startMs, !isBackward && after ? after.unixMs : 0), query.endMs)
    .filter(({ firstMs }) => !isBackward || !after || firstMs <= after.unixMs)
    .sort((a, b) => (isBackward ? b.lastMs - a.lastMs : a.firstMs - b.firstMs));
  const reader = new Reader(query);
  // Whose events these were is not known: those of any stream may be missing.
  reader.missing.push(...group.missingPlaces(query.startMs, query.endMs));
  const startedMs = performance.now();
  let turnMs = startedMs;
  for (const [i, block] of blocks.entries()) {
    const edgeMs = isBackward ? block.lastMs : block.firstMs;
    if (reader.isFullBefore(edgeMs)) return reader.page(edgeMs);
    const nowMs = performance.now();
    // At least what is at the time where the page begins, or a reader would ask for the same page again and again.
    if (i > 0 && nowMs - startedMs > PAGE_TIME_MS && reader.endBefore(edgeMs)) return reader.page(edgeMs);
    if (nowMs - turnMs > TURN_MS) {
      await nextTurn();
      turnMs = performance.now();
    }
    reader.take(block);
  }
  return reader.page(undefined);
}
