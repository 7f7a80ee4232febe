import type { Socket } from "node:net";
import type { ClientLimits } from "./client-limits.ts";

/** Awaited is what a client is waited for; undefined: for nothing. A message of a WebSocket may take its time, and only gives way to others. */
export type Awaited = "read" | "body" | "message" | undefined;

/** A lump that the kernel has taken may take a client that reads at this rate so long; but never more than this many timeouts. */
const LUMP_BYTES_PER_SECOND = 16 * 1024;
const LUMP_TIMEOUTS_MAX = 4;

/** What is counted of a connection: bytes that came, bytes that were given to the kernel, and those of them that it has not taken. */
interface Counted {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

const timeoutOf = (
  awaited: NonNullable<Awaited>,
  { timeoutMs, readTimeoutMs }: Pick<ClientLimits, "timeoutMs" | "readTimeoutMs">,
): number => ({ read: readTimeoutMs, body: timeoutMs, message: Number.POSITIVE_INFINITY })[awaited];

/**
 * ClientProgress measures how fast a client sends or reads while it is waited for. A client that is waited for loses time, and gains some
 * back with each byte; so both one that stalls and one that does a byte now and then run out of it (as in Apache's mod_reqtimeout), but
 * nobody can save time up. What a client reads is seen only as lumps that the kernel takes, up to megabytes at a time: after one, it has as
 * long as a slow client needs to read it.
 */
export class ClientProgress {
  readonly #counted: Counted;
  #awaited: Awaited;
  #lastBytes = 0;
  #leftMs = 0;
  /** Of the last interval in which the client was waited for. */
  bytesPerSecond = Number.POSITIVE_INFINITY;

  constructor(socket: Socket) {
    // Node counts what the kernel takes of a socket; a connection that is a stream of another one counts itself.
    const { _handle } = socket as unknown as { readonly _handle?: Counted };
    this.#counted = _handle ?? (socket as unknown as Counted);
  }

  /** measure is called once an interval. True: the client has run out of time. */
  measure(awaited: Awaited, elapsedMs: number, limits: ClientLimits): boolean {
    const isNew = awaited !== this.#awaited;
    this.#awaited = awaited;
    if (isNew) this.bytesPerSecond = Number.POSITIVE_INFINITY;
    if (awaited === undefined) return false;
    const { bytesRead, bytesWritten, writeQueueSize } = this.#counted;
    const bytes = awaited === "read" ? bytesWritten - writeQueueSize : bytesRead;
    const moved = bytes - this.#lastBytes;
    this.#lastBytes = bytes;
    // The first interval only tells from where to count.
    const timeoutMs = timeoutOf(awaited, limits);
    if (isNew) {
      this.#leftMs = timeoutMs;
      return false;
    }
    this.bytesPerSecond = (moved * 1000) / elapsedMs;
    const gainedMs = (moved * 1000) / limits.minBytesPerSecond;
    const lumpMs = awaited === "read" ? (moved * 1000) / LUMP_BYTES_PER_SECOND : 0;
    const mostMs = Math.max(timeoutMs, Math.min(lumpMs, LUMP_TIMEOUTS_MAX * timeoutMs));
    const leftMs = this.#leftMs - elapsedMs;
    this.#leftMs = Math.max(leftMs, Math.min(mostMs, leftMs + gainedMs));
    return this.#leftMs <= 0;
  }
}
