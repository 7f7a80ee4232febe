import type { Filter } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import { PAYLOAD_MAX_BYTES } from "../call/request-body.ts";

const tooLarge = deny("REQUEST_TOO_LARGE");

/** payloadLimit refuses a body that says it is too large; one that does not say is counted while it is read. */
export const payloadLimit = (): Filter => (call) => {
  if (call.contentLengthBytes > PAYLOAD_MAX_BYTES) return tooLarge;
  if (call.contentLengthBytes > 0) call.requestBytes = call.contentLengthBytes;
  return undefined;
};
