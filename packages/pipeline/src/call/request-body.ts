import { BodyParts } from "./body-parts.ts";
import type { Call } from "./call.ts";
import { CHUNK_BYTES } from "./chunk-pool.ts";
import { deny, Refused, serviceUnavailable } from "./errors.ts";
import type { BodySink } from "./exchange.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import type { Reply } from "./reply.ts";

/** AWS's payload limit (API Gateway quotas: payload size 10 MB). */
export const PAYLOAD_MAX_BYTES = 10 * 1024 * 1024;

/** A shorter body is put together: that costs less than to send it in parts. */
const PARTS_MIN_BYTES = 32 * 1024;

const NOTHING = Buffer.alloc(0);
const tooLarge: Reply = deny("REQUEST_TOO_LARGE");
/** Nobody gets it: the connection is gone. */
const clientGone: Reply = deny("DEFAULT_4XX");

/** The stream of a body. One that was closed while nobody read it emits nothing more: its client has left. */
function openBody({ exchange: { body } }: Call): Call["exchange"]["body"] {
  if (body.destroyed) throw new Refused(clientGone, "the client left");
  return body;
}

/** BodyStart is the first bytes of a body. */
export interface BodyStart {
  readonly bytes: Buffer;
  /** There is more. */
  readonly isCut: boolean;
}

/**
 * readBodyStart reads the first bytes of a body and leaves the body to be read by whoever comes next: whole where it ended by then, else as a
 * stream that begins with these bytes again.
 */
export async function readBodyStart(call: Call, mostBytes: number): Promise<BodyStart> {
  if (call.wholeBody) return startOf(call.wholeBody, mostBytes);
  if (!call.hasBody) return { bytes: NOTHING, isCut: false };
  const body = openBody(call);
  if (!call.exchange.hold(mostBytes))
    throw new Refused(serviceUnavailable, "there is no memory for the body");
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const isComplete = await new Promise<boolean>((resolve, reject) => {
    const settle = (done: () => void) => {
      body.off("readable", onReadable).off("end", onEnd).off("error", onError).off("close", onError);
      done();
    };
    const onReadable = () => {
      for (let chunk = body.read() as Buffer | null; chunk !== null; chunk = body.read() as Buffer | null) {
        chunks.push(chunk);
        sizeBytes += chunk.length;
        // One byte more tells whether this is all.
        if (sizeBytes <= mostBytes) continue;
        // At once: a stream that has ended takes nothing back in the next turn.
        body.unshift(Buffer.concat(chunks));
        return settle(() => resolve(false));
      }
    };
    const onEnd = () => settle(() => resolve(true));
    const onError = () => settle(() => reject(new Refused(clientGone, "the client left")));
    body.on("readable", onReadable).on("end", onEnd).on("error", onError).on("close", onError);
  });
  const read = Buffer.concat(chunks);
  if (isComplete) {
    call.requestBytes = read.length;
    call.wholeBody = read;
  }
  return startOf(read, mostBytes);
}

const startOf = (read: Buffer, mostBytes: number): BodyStart => ({
  bytes: read.subarray(0, mostBytes),
  isCut: read.length > mostBytes,
});

/** The body of a call if all of it is there already, as a short one mostly is; undefined: it is not. */
function arrivedBody({ contentLengthBytes, exchange }: Call): Buffer | undefined {
  const { body } = exchange;
  if (body.readableLength !== contentLengthBytes || contentLengthBytes > PAYLOAD_MAX_BYTES) return undefined;
  if (body.destroyed || body.readableFlowing !== null || !exchange.hold(contentLengthBytes)) return undefined;
  return (body.read() as Buffer | null) ?? undefined;
}

/** readWholeBody reads a request's body, once; a promise: it is still arriving. A body over the payload limit is refused with 413. */
export function readWholeBody(call: Call): Buffer | Promise<Buffer> {
  if (call.wholeBody) return call.wholeBody;
  if (!call.hasBody) return NOTHING;
  const arrived = arrivedBody(call);
  if (!arrived) return arrivingBody(call);
  call.requestBytes = arrived.length;
  call.wholeBody = arrived;
  return arrived;
}

async function arrivingBody(call: Call): Promise<Buffer> {
  const { contentLengthBytes } = call;
  const read = new GrowingBytes(
    contentLengthBytes > 0 && contentLengthBytes < PAYLOAD_MAX_BYTES ? contentLengthBytes : PAYLOAD_MAX_BYTES,
  );
  await gather(call, {
    moreWith: (bytes) => read.capacityWith(bytes) - read.capacityBytes,
    // What it is given is overwritten, and its first piece stays as it is.
    add: (bytes, from, to) =>
      read.add(read.sizeBytes === 0 ? Buffer.from(bytes.subarray(from, to)) : bytes.subarray(from, to)),
  });
  call.requestBytes = read.sizeBytes;
  call.wholeBody = read.bytes;
  return call.wholeBody;
}

/** readBodyParts is readWholeBody for a body that nobody but its upstream reads: it is not put together. Whoever sent it says so. */
export function readBodyParts(call: Call): Buffer | Promise<BodyParts> | Promise<Buffer> {
  if (call.wholeBody || !call.hasBody) return readWholeBody(call);
  const { contentLengthBytes } = call;
  if (contentLengthBytes >= 0 && contentLengthBytes < PARTS_MIN_BYTES) return readWholeBody(call);
  return arrivingParts(call);
}

async function arrivingParts(call: Call): Promise<BodyParts> {
  const parts = new BodyParts();
  await gather(call, parts);
  call.requestBytes = parts.length;
  return parts;
}

/** Gathered is what a body is put together in. */
interface Gathered {
  moreWith(bytes: number): number;
  add(bytes: Buffer, from: number, to: number): void;
  readonly needsChunk?: boolean;
  room?(mostBytes: number): Buffer;
}

/** BodyReading puts a body into what gathers it, up to the payload limit and as far as there is memory. */
class BodyReading implements BodySink {
  readonly #exchange: Call["exchange"];
  readonly #into: Gathered;
  readonly #refuse: (refused: Refused) => void;
  #sizeBytes = 0;

  constructor(exchange: Call["exchange"], into: Gathered, refuse: (refused: Refused) => void) {
    this.#exchange = exchange;
    this.#into = into;
    this.#refuse = refuse;
  }

  take(bytes: Buffer, from: number, to: number): boolean {
    this.#sizeBytes += to - from;
    if (this.#sizeBytes > PAYLOAD_MAX_BYTES)
      this.#refuse(new Refused(tooLarge, "the body is over the payload limit"));
    else if (!this.#hold(this.#into.moreWith(to - from)))
      this.#refuse(new Refused(serviceUnavailable, "there is no memory for the body"));
    else {
      this.#into.add(bytes, from, to);
      return true;
    }
    return false;
  }

  #hold(bytes: number): boolean {
    return bytes === 0 || this.#exchange.hold(bytes);
  }

  room(mostBytes: number): Buffer | undefined {
    const into = this.#into;
    // As long as it is short, its pieces are copied.
    if (!into.room || this.#sizeBytes < PARTS_MIN_BYTES) return undefined;
    if (into.needsChunk && !this.#hold(CHUNK_BYTES)) return undefined;
    return into.room(mostBytes);
  }
}

/** gather waits for all of a body, and refuses the call where it cannot be had. */
async function gather(call: Call, into: Gathered): Promise<void> {
  const body = openBody(call);
  await new Promise<void>((resolve, reject) => {
    const sink = new BodyReading(call.exchange, into, reject);
    body.on("end", resolve);
    body.on("error", () => reject(new Refused(clientGone, "the client left")));
    if (body.giveTo) body.giveTo(sink);
    else
      body.on("data", (chunk: Buffer) => {
        if (!sink.take(chunk, 0, chunk.length)) body.pause();
      });
  });
}
