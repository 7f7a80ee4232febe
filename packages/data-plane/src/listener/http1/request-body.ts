import { Readable } from "node:stream";
import type { BodySink, RequestStream } from "@tollgate/pipeline";
import { puttingTogether } from "../waiting-pieces.ts";

/** So much of a body may wait to be read before its client has to wait. */
const WAITING_MAX_BYTES = 64 * 1024;

/** RequestBody is the body of a request, as it arrives. */
export class RequestBody extends puttingTogether(Readable) implements RequestStream {
  readonly #goOn: () => void;
  #sink: BodySink | undefined = undefined;

  /** `goOn` is called when it has room again. */
  constructor(goOn: () => void) {
    super({ highWaterMark: WAITING_MAX_BYTES });
    this.#goOn = goOn;
  }

  override _read(): void {
    this.#goOn();
  }

  /** end: that was all of it. */
  end(): void {
    this.push(null);
  }

  giveTo(sink: BodySink): void {
    for (let chunk = this.read(); chunk; chunk = this.read())
      if (!sink.take(chunk, 0, chunk.length)) {
        this.pause();
        return;
      }
    this.#sink = sink;
    // So that its end is emitted.
    this.resume();
  }

  /** receive takes a piece, whose bytes are overwritten afterwards; false: more has to wait. */
  receive(bytes: Buffer, from: number, to: number): boolean {
    if (this.#sink) {
      if (this.#sink.take(bytes, from, to)) return true;
      this.#sink = undefined;
      this.pause();
    }
    if (this.copiesNext) return this.push(bytes.subarray(from, to));
    const chunk = Buffer.allocUnsafe(to - from);
    bytes.copy(chunk, 0, from, to);
    return this.push(chunk);
  }

  /** Where at most so many of the bytes that are missing may be read to; undefined: it does not matter. */
  room(missingBytes: number): Buffer | undefined {
    return this.#sink?.room(missingBytes);
  }

  /** abort ends it where its client has left: nobody takes it for whole. */
  abort(): void {
    this.destroy(this.listenerCount("error") > 0 ? new Error("the client left") : undefined);
  }
}
