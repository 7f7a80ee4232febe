import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import type { UpstreamBody } from "@tollgate/pipeline";
import type { GivenRequest, RequestHead } from "./request-head.ts";

/** Less than the upstream says: it may close the connection while a request is on its way. */
const MARGIN_SECONDS = 2;
const KEPT_MAX_MS = 60_000;

/** Carrier is the connection that an exchange is on. */
export interface Carrier {
  pause(): void;
  resume(): void;
  /** Ends it; nobody waits for the rest of the exchange. */
  abandon(): void;
}

/** Exchange is one request with its response, for a handler of undici's form. */
export class Exchange implements Dispatcher.DispatchController {
  readonly head: RequestHead;
  readonly body: UpstreamBody | undefined;
  /** Its response has no body, whatever its head says. */
  readonly isHead: boolean;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #forget: (exchange: Exchange) => void;
  connection: Carrier | undefined = undefined;
  paused = false;
  aborted = false;
  reason: Error | null = null;
  rawHeaders: string[] | null = null;
  readonly rawTrailers = null;
  #over = false;

  /** `forget` is called where it is aborted before it has a connection. */
  constructor(
    head: RequestHead,
    given: Pick<GivenRequest, "method" | "body">,
    handler: Dispatcher.DispatchHandler,
    forget: (exchange: Exchange) => void,
  ) {
    this.head = head;
    this.body = given.body;
    this.isHead = given.method === "HEAD";
    this.#handler = handler;
    this.#forget = forget;
  }

  keptMs(seconds: number): number {
    return Math.min(KEPT_MAX_MS, (seconds - MARGIN_SECONDS) * 1_000);
  }

  // What the connection calls.
  started(status: number, reason: string, headers: string[]): void {
    this.rawHeaders = headers;
    this.#handler.onResponseStart?.(this, status, {}, reason);
  }

  delivered(chunk: Buffer): void {
    if (!this.#over) this.#handler.onResponseData?.(this, chunk);
  }

  ended(): void {
    if (this.#over) return;
    this.#over = true;
    this.connection = undefined;
    this.#handler.onResponseEnd?.(this, {});
  }

  failed(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.connection = undefined;
    this.#handler.onResponseError?.(this, error);
  }

  upgraded(status: number, headers: string[], socket: Duplex): void {
    if (this.#over) return;
    this.#over = true;
    this.connection = undefined;
    this.rawHeaders = headers;
    this.#handler.onRequestUpgrade?.(this, status, {}, socket);
  }

  // What the handler calls.
  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.connection?.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.connection?.resume();
  }

  /** abort frees the connection; the handler hears nothing more. */
  abort(reason: Error): void {
    if (this.#over) return;
    this.#over = this.aborted = true;
    this.reason = reason;
    if (this.connection) this.connection.abandon();
    else this.#forget(this);
    this.connection = undefined;
  }
}
