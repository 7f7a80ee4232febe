import type { ServerHttp2Stream } from "node:http2";
import { Readable } from "node:stream";
import { KNOWN_METHODS } from "@tollgate/http1";
import type { ClientRequest } from "./client-stream.ts";
import type { Stream, StreamTurns } from "./stream-turns.ts";
import { puttingTogether } from "./waiting-pieces.ts";

/** So much of a body never waits for its turn: a call with a short one is over before that. */
const SHORT_BODY_BYTES = 16 * 1024;
/** In its turn a stream gives what its client may have sent meanwhile: its window. */
const TURN_BYTES = 64 * 1024;

/** Of its state: the client has said that nothing more comes. */
const REMOTE_CLOSED = 1;

/** The version of requests that are streams of HTTP/2. Node's requests of HTTP/1 never have it. */
export const HTTP_2 = "2";

/** The head of a request as HTTP/1.1 would have it. */
export interface Http2Head {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  /** The client waits until it is asked for its body. */
  readonly mustInvite: boolean;
  /** The status that it is refused with; undefined: it is a request as HTTP/1.1 could have it. */
  readonly refusal: number | undefined;
}

/**
 * readHttp2Head takes the pseudo-headers of a request apart (RFC 9113, 8.3.1). The Host is the :authority; where the client sent another one
 * besides, both are there, and the request is refused for that as in HTTP/1.1. Pseudo-headers come first: nghttp2 sees to that. What is sent in pieces is put together (8.2.3: Cookie).
 * A :path is never an absolute URL, whose host would take the place of the :authority; nghttp2 checks that for the schemes http and https only.
 */
export function readHttp2Head(raw: readonly string[]): Http2Head {
  let [method, url, authority] = ["", "", ""];
  let mustInvite = false;
  let refusal: number | undefined;
  let cookieAt = -1;
  const rawHeaders: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    if (name.charCodeAt(0) === COLON) {
      if (name === ":method") {
        method = value;
        if (!KNOWN_METHODS.has(value)) refusal = 400;
      } else if (name === ":path") {
        url = value;
        if (value.charCodeAt(0) !== SLASH && value !== "*") refusal = 400;
      } else if (name === ":authority") {
        authority = value;
        rawHeaders.push("host", value);
      }
      continue;
    }
    if (name === "host" && value === authority) continue;
    if (name === "cookie") {
      if (cookieAt >= 0) {
        rawHeaders[cookieAt] += `; ${value}`;
        continue;
      }
      cookieAt = rawHeaders.length + 1;
    }
    if (name === "expect") {
      if (value.toLowerCase() === "100-continue") mustInvite = true;
      else refusal ??= 417;
    }
    rawHeaders.push(name, value);
  }
  return { method, url, rawHeaders, mustInvite, refusal };
}

const SLASH = 47;
const COLON = 58;

/**
 * Http2Request is a request on a stream of HTTP/2, and its body. A body that the client broke off ends with an error: Node's stream would end as
 * if it were whole.
 */
export class Http2Request extends puttingTogether(Readable) implements ClientRequest, Stream {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  readonly httpVersion = HTTP_2;
  readonly socket: ClientRequest["socket"];
  readonly #stream: ServerHttp2Stream;
  readonly #turns: StreamTurns;
  #isOpened = false;
  /** So much need not wait. */
  #allowedBytes = SHORT_BODY_BYTES;
  /** Its next piece waits for its turn. */
  #waitsForTurn = false;
  /** There is room for more. */
  #isWanted = false;
  /** Of the body, so far. */
  receivedBytes = 0;

  constructor(
    stream: ServerHttp2Stream,
    { method, url, rawHeaders }: Http2Head,
    socket: ClientRequest["socket"],
    turns: StreamTurns,
  ) {
    super({ highWaterMark: 64 * 1024 });
    this.#stream = stream;
    this.#turns = turns;
    this.method = method;
    this.url = url;
    this.rawHeaders = rawHeaders;
    this.socket = socket;
    // Whoever reads it hears of an error; nobody has to.
    this.on("error", () => undefined);
    if (stream.endAfterHeaders) stream.resume();
    else stream.once("close", () => this.#closed());
  }

  get body(): this {
    return this;
  }

  get complete(): boolean {
    const stream = this.#stream;
    return (
      stream.endAfterHeaders ||
      this.readableEnded ||
      (!stream.destroyed && !stream.aborted && stream.state.remoteClose === REMOTE_CLOSED)
    );
  }

  /** Nobody reads on for the time being, so its client cannot send on. */
  get isHeldBack(): boolean {
    return !this.#isOpened || this.#stream.isPaused();
  }

  override _read(): void {
    const stream = this.#stream;
    this.#isWanted = true;
    if (this.#isOpened) {
      if (!this.#waitsForTurn) stream.resume();
      return;
    }
    this.#isOpened = true;
    if (stream.endAfterHeaders) {
      this.push(null);
      return;
    }
    stream.on("data", (chunk: Buffer) => this.#received(chunk));
    stream.on("end", () => {
      if (stream.aborted || stream.rstCode !== 0) this.#closed();
      else this.push(null);
    });
  }

  #received(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    this.#allowedBytes -= chunk.length;
    if (!this.#turns.passes(chunk.length) && this.#allowedBytes < 0) {
      this.#waitsForTurn = true;
      this.#turns.wait(this);
    }
    this.#isWanted = false;
    // Whoever has room for more may say so at once.
    if (this.push(chunk)) this.#isWanted = true;
    if (this.#waitsForTurn || !this.#isWanted) this.#stream.pause();
  }

  goOn(): void {
    this.#waitsForTurn = false;
    this.#allowedBytes = TURN_BYTES;
    if (this.#isWanted) this.#stream.resume();
  }

  #closed(): void {
    if (!this.readableEnded && !this.destroyed && !this.#isWhole) this.destroy(new Error("the client left"));
  }

  /** All of it has been pushed. */
  get #isWhole(): boolean {
    return this.#stream.readableEnded && !this.#stream.aborted && this.#stream.rstCode === 0;
  }
}
