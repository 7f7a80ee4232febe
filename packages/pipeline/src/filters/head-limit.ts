import type { Filter } from "../call/call.ts";
import { deny } from "../call/errors.ts";

/** AWS's limit of names and values of all headers together (API Gateway quotas). */
const HEADERS_MAX_BYTES = 10_240;
/** AWS's limit of the URL; edge-optimized APIs are behind CloudFront, which takes less. */
export const URL_MAX_BYTES = 10_240;
export const EDGE_URL_MAX_BYTES = 8_192;

const longUrl = deny("DEFAULT_4XX", { status: 414, message: "Request URI too long" });
const manyHeaders = deny("DEFAULT_4XX", { status: 431, message: "Request Header Fields Too Large" });

/** headLimit refuses a URL or headers that are too large. */
export const headLimit =
  (urlMaxBytes: number = URL_MAX_BYTES): Filter =>
  (call) => {
    if (call.url.length > urlMaxBytes) return longUrl;
    return call.headersBytes > HEADERS_MAX_BYTES ? manyHeaders : undefined;
  };
