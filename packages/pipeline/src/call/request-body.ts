import type { Call } from "./call.ts";
import { deny, Refused } from "./errors.ts";
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
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const { body } = call.exchange;
  await new Promise<void>((resolve, reject) => {
    body.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= PAYLOAD_MAX_BYTES) chunks.push(chunk);
      else {
        body.pause();
        reject(new Refused(tooLarge, "the body is over the payload limit"));
      }
    });
    body.on("end", resolve);
    body.on("error", () => reject(new Refused(clientGone, "the client left")));
  });
  call.requestBytes = sizeBytes;
  call.wholeBody = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  return call.wholeBody;
}
