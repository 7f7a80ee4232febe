import { once } from "node:events";
import type { Call } from "../call.ts";
import { deny } from "../errors.ts";
import { PAYLOAD_MAX_BYTES } from "../filters/payload-limit.ts";
import type { Reply } from "../reply.ts";

const NOTHING = Buffer.alloc(0);
const tooLarge: Reply = deny("REQUEST_TOO_LARGE");
/** Nobody gets it: the connection is gone. */
const clientGone: Reply = deny("DEFAULT_4XX");

/** readWholeBody reads a request's body, or answers 413 once it is over the payload limit. */
export async function readWholeBody(call: Call): Promise<Buffer | Reply> {
  if (!call.hasBody) return NOTHING;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const { body } = call.exchange;
  body.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= PAYLOAD_MAX_BYTES) chunks.push(chunk);
    else {
      body.pause();
      body.emit("too-large");
    }
  });
  const whole = await Promise.race([once(body, "end"), once(body, "too-large")]).then(
    () => true,
    () => false,
  );
  if (!whole) return clientGone;
  if (sizeBytes > PAYLOAD_MAX_BYTES) return tooLarge;
  call.requestBytes = sizeBytes;
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

export const isReply = (value: Buffer | Reply): value is Reply => !Buffer.isBuffer(value);
