import type { Filter } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import { MESSAGE_MAX_BYTES } from "../limits.ts";

/** tooLarge refuses a message that is larger than AWS sends. */
export const tooLarge = deny("REQUEST_TOO_LARGE", { message: "Payload Too Large" });

/** orderLimit refuses a message that says it is too large; one that does not say is measured when it was read. */
export const orderLimit = (): Filter => (call) => {
  if (call.contentLengthBytes > MESSAGE_MAX_BYTES) return tooLarge;
  if (call.contentLengthBytes > 0) call.requestBytes = call.contentLengthBytes;
  return undefined;
};
