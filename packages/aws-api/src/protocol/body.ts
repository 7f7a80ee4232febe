import { gunzipSync } from "node:zlib";
import { CommonError } from "../aws-error.ts";
import { headerOf, type WireRequest } from "./endpoint.ts";

/** Bodies are not larger when they are decompressed. */
const MAX_BYTES = 10 * 1024 * 1024;

/** bodyOf is the body of a request, which clients compress where the model of the service lets them. */
export function bodyOf(request: WireRequest): Buffer {
  const encoding = headerOf(request, "content-encoding")?.trim().toLowerCase();
  if (encoding !== "gzip") return request.body;
  try {
    return gunzipSync(request.body, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE")
      throw new CommonError("too-large", `the body has more than ${MAX_BYTES} bytes when it is decompressed`);
    throw new CommonError(
      "serialization",
      "the body is not compressed with gzip, as its Content-Encoding says",
    );
  }
}
