import { deny } from "../call/errors.ts";
import type { FilterFactory } from "../rest-api/order.ts";

/** AWS's limit of names and values of all headers together (API Gateway quotas). */
export const HEADERS_MAX_BYTES = 10_240;
/** AWS's limits of the URL: edge-optimized APIs stand behind CloudFront, which takes less. */
export const URL_MAX_BYTES = 10_240;
export const EDGE_URL_MAX_BYTES = 8_192;

/** headLimit refuses a URL or headers that are too large. */
export const headLimit: FilterFactory = ({ context }) => {
  const urlMax = context.isEdge ? EDGE_URL_MAX_BYTES : URL_MAX_BYTES;
  const longUrl = deny("DEFAULT_4XX", { status: 414, message: "Request URI too long" });
  const manyHeaders = deny("DEFAULT_4XX", { status: 431, message: "Request Header Fields Too Large" });
  return (call) => {
    if (call.url.length > urlMax) return longUrl;
    return call.headersBytes > HEADERS_MAX_BYTES ? manyHeaders : undefined;
  };
};
