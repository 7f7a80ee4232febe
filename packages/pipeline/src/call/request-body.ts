import type { Call } from "./call.ts";
import { deny, Refused, serviceUnavailable } from "./errors.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import type { Reply } from "./reply.ts";

/** AWS's payload limit (API Gateway quotas: payload size 10 MB). */
export const PAYLOAD_MAX_BYTES = 10 * 1024 * 1024;

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
  const { exchange } = call;
  const { contentLengthBytes } = call;
  const read = new GrowingBytes(
    contentLengthBytes > 0 && contentLengthBytes < PAYLOAD_MAX_BYTES ? contentLengthBytes : PAYLOAD_MAX_BYTES,
  );
  const body = openBody(call);
  await new Promise<void>((resolve, reject) => {
    const refuse = (reply: Reply, why: string) => {
      body.pause();
      reject(new Refused(reply, why));
    };
    body.on("data", (chunk: Buffer) => {
      if (read.sizeBytes + chunk.length > PAYLOAD_MAX_BYTES)
        refuse(tooLarge, "the body is over the payload limit");
      else if (!exchange.hold(read.capacityWith(chunk.length) - read.capacityBytes))
        refuse(serviceUnavailable, "there is no memory for the body");
      else read.add(chunk);
    });
    body.on("end", resolve);
    body.on("error", () => reject(new Refused(clientGone, "the client left")));
  });
  call.requestBytes = read.sizeBytes;
  call.wholeBody = read.bytes;
  return call.wholeBody;
}
