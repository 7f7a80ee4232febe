import { deny } from "../call/errors.ts";
import type { FilterFactory } from "../rest-api/order.ts";

/** AWS's payload limit of REST APIs (API Gateway quotas: payload size 10 MB). */
export const PAYLOAD_MAX_BYTES = 10 * 1024 * 1024;

/** payloadLimit refuses a body that says it is too large; one that does not say is counted while it is read. */
export const payloadLimit: FilterFactory = () => {
  const tooLarge = deny("REQUEST_TOO_LARGE");
  return (call) => {
    if (call.contentLengthBytes > PAYLOAD_MAX_BYTES) return tooLarge;
    if (call.contentLengthBytes > 0) call.requestBytes = call.contentLengthBytes;
    return undefined;
  };
};
