import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import type { Call } from "../call/call.ts";
import type { ResponseSource } from "../call/exchange.ts";
import { logEndpointResponse } from "../call/execution-steps.ts";
import type { Reply } from "../call/reply.ts";
import { type Coding, chooseCoding } from "../engine/compression.ts";
import { failureReply, logFailure } from "./failure.ts";
import type { WholeFailure } from "./fetch-whole.ts";
import type { UpstreamControl, UpstreamFailure, UpstreamHandler } from "./transport.ts";

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** AWS's limit of a response, here of one that is decoded on the way: a few bytes of an upstream must not become any number. */
const DECODED_MAX_BYTES = 10 * 1024 * 1024;

/** What a reason phrase may consist of, to be sent (RFC 9112, 4): others are replaced by the usual one of their status. */
const SENDABLE_PHRASE = /^[\t\x20-\x7e]*$/;

/** ClientHead is the head that a client gets, without what depends on its body. */
interface ClientHead {
  readonly status: number;
  readonly phrase: string;
  readonly headers: string[];
}

/** A response of unknown length waits here until it is clear whether it is large enough to be compressed. */
interface Undecided {
  readonly coding: Coding;
  readonly minimumBytes: number;
  readonly head: ClientHead;
  readonly chunks: Buffer[];
  sizeBytes: number;
}

/** ResponseHead is what a client gets of an upstream's head. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: string[];
  readonly lengthBytes: number | undefined;
  /** Content-Encoding that is undone on the way; empty: none. */
  readonly encoding: string;
}

/** ShapeHead makes of an upstream's head what a client gets. */
export type ShapeHead = (call: Call, status: number, headers: readonly string[]) => ResponseHead;

/** ResponseCopy receives what a client gets, besides the client. */
export interface ResponseCopy {
  head(status: number, headers: readonly string[]): void;
  /** A piece of the body as it is before compression. */
  add(chunk: Buffer): void;
  /** The response is complete. */
  end(): void;
}

/** ResponseRelay passes an upstream's response on to the client as it comes. */
export class ResponseRelay implements UpstreamHandler, ResponseSource {
  readonly #call: Call;
  readonly #settle: (reply: Reply | undefined) => void;
  readonly #shape: ShapeHead;
  readonly #copy: ResponseCopy | undefined;
  control: UpstreamControl | undefined = undefined;
  #status = 0;
  /** The response has ended, well or not. */
  #over = false;
  #decodedBytes = 0;
  #decoder: Transform | undefined = undefined;
  #encoder: Transform | undefined = undefined;
  #undecided: Undecided | undefined = undefined;

  constructor(call: Call, shape: ShapeHead, settle: (reply: Reply | undefined) => void, copy?: ResponseCopy) {
    this.#call = call;
    this.#settle = settle;
    this.#shape = shape;
    this.#copy = copy;
    call.exchange.source = this;
  }

  clientGone(): void {
    this.control?.abort();
  }

  /** The last one that the body passes goes on first, and lets the others. */
  drained(): void {
    if (this.#encoder) this.#encoder.resume();
    else if (this.#decoder) this.#decoder.resume();
    else this.control?.resume();
  }

  onHead(given: number, statusText: string, headers: readonly string[]): void {
    const call = this.#call;
    const { status, headers: shaped, lengthBytes, encoding } = this.#shape(call, given, headers);
    this.#status = given;
    if (call.log) this.#log(status, headers);
    this.#copy?.head(status, [...shaped]);
    call.meters?.head(shaped);
    const head: ClientHead = {
      status,
      phrase: status === given && SENDABLE_PHRASE.test(statusText) ? statusText : "",
      headers: call.form.finishHead(call, shaped),
    };
    const isBodiless = call.method === "HEAD" || status === 204 || status === 304;
    // AWS drops Content-Encoding; for the client to read the body it must be decoded then.
    const createDecoder = isBodiless ? undefined : decoders[encoding];
    if (createDecoder) this.#decode(createDecoder());
    const length = createDecoder ? undefined : lengthBytes;
    const coding = isBodiless || length === 0 ? undefined : chooseCoding(call, length);
    if (!coding || length !== undefined) this.#begin(head, length, coding);
    else {
      const minimumBytes = call.form.compressedFromBytes ?? 0;
      this.#undecided = { coding, minimumBytes, head, chunks: [], sizeBytes: 0 };
    }
  }

  #begin(
    { status, phrase, headers }: ClientHead,
    length: number | undefined,
    coding: Coding | undefined,
  ): void {
    const call = this.#call;
    if (coding) {
      this.#encode(coding.stream());
      headers.push("Content-Encoding", coding.name);
    }
    call.isStreamed = true;
    call.exchange.start(status, phrase, headers, coding ? undefined : length);
  }

  #log(status: number, headers: readonly string[]): void {
    const { log } = this.#call;
    if (!log) return;
    logEndpointResponse(this.#call, status, headers, undefined);
    log.add("Successfully completed execution");
    log.add(`Method completed with status: ${status}`);
  }

  #decode(decoder: Transform): void {
    this.#decoder = decoder;
    decoder.on("data", (chunk: Buffer) => {
      this.#decodedBytes += chunk.length;
      if (this.#decodedBytes > DECODED_MAX_BYTES) this.#fail("too-large");
      else if (!this.#deliver(chunk)) decoder.pause();
    });
    decoder.on("end", () => this.#delivered());
    decoder.on("error", () => this.#fail("network"));
    decoder.on("drain", () => this.control?.resume());
  }

  #encode(encoder: Transform): void {
    const { exchange } = this.#call;
    this.#encoder = encoder;
    encoder.on("data", (chunk: Buffer) => {
      if (!exchange.write(chunk)) encoder.pause();
    });
    encoder.on("end", () => this.#finish());
    encoder.on("error", () => this.#fail("network"));
    encoder.on("drain", () => (this.#decoder ? this.#decoder.resume() : this.control?.resume()));
  }

  /** A piece of the plain body; false asks to wait. */
  #deliver(chunk: Buffer): boolean {
    this.#copy?.add(chunk);
    this.#call.meters?.add(chunk);
    return this.#passOn(chunk);
  }

  #passOn(chunk: Buffer): boolean {
    const undecided = this.#undecided;
    if (!undecided) return this.#encoder ? this.#encoder.write(chunk) : this.#call.exchange.write(chunk);
    undecided.chunks.push(chunk);
    undecided.sizeBytes += chunk.length;
    return undecided.sizeBytes < undecided.minimumBytes || this.#decide(undecided, undecided.coding);
  }

  #decide({ chunks, sizeBytes, head }: Undecided, coding: Coding | undefined): boolean {
    this.#undecided = undefined;
    this.#begin(head, coding ? undefined : sizeBytes, coding);
    return chunks.map((chunk) => this.#passOn(chunk)).every(Boolean);
  }

  #delivered(): void {
    if (this.#over) return;
    if (this.#undecided) this.#decide(this.#undecided, undefined);
    if (this.#encoder) this.#encoder.end();
    else this.#finish();
  }

  onData(chunk: Buffer): boolean {
    if (this.#over) return true;
    return this.#decoder ? this.#decoder.write(chunk) : this.#deliver(chunk);
  }

  onEnd(): void {
    if (this.#over) return;
    this.#call.endIntegration(performance.now(), this.#status);
    if (this.#decoder) this.#decoder.end();
    else this.#delivered();
  }

  #finish(): void {
    this.#over = true;
    this.#copy?.end();
    this.#call.exchange.end();
    this.#settle(undefined);
  }

  onFailure(failure: UpstreamFailure): void {
    this.#fail(failure);
  }

  /** Another response is sent if nothing of this one has left yet; else it is cut. */
  #fail(failure: WholeFailure): void {
    if (this.#over) return;
    this.#over = true;
    const { exchange } = this.#call;
    const reply = failureReply[failure];
    logFailure(this.#call, failure);
    this.#call.endIntegration(performance.now(), reply.status);
    this.control?.abort();
    this.#decoder?.destroy();
    this.#encoder?.destroy();
    if (this.#status === 0 || exchange.retract()) {
      this.#call.isStreamed = false;
      this.#settle(reply);
      return;
    }
    exchange.destroy();
    this.#settle(undefined);
  }
}
