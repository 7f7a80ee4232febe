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

/** readWholeBody reads a request's body, once. A body over the payload limit is refused with 413. */
export async function readWholeBody(call: Call): Promise<Buffer> {
  if (call.wholeBody) return call.wholeBody;
  if (!call.hasBody) return NOTHING;
  const { exchange } = call;
  const { contentLengthBytes } = call;
  const read = new GrowingBytes(
    contentLengthBytes > 0 && contentLengthBytes < PAYLOAD_MAX_BYTES ? contentLengthBytes : PAYLOAD_MAX_BYTES,
  );
  const { body } = exchange;
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
