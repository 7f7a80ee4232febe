import type { AwsRequest, JsonObject } from "./operation.ts";

const LIMIT_DEFAULT = 25;
const LIMIT_MAX = 500;

/** page is a list as version 1 answers it: `limit` items after `position`, and the next position where there are more. */
export function page(
  request: AwsRequest,
  items: readonly JsonObject[],
  keyOf: (item: JsonObject) => string,
): JsonObject {
  const asked = Number(request.query.get("limit") ?? 0);
  const limit = asked > 0 ? Math.min(asked, LIMIT_MAX) : LIMIT_DEFAULT;
  const after = Buffer.from(request.query.get("position") ?? "", "base64url").toString();
  const from = after === "" ? 0 : items.findIndex((item) => keyOf(item) === after) + 1;
  const some = items.slice(from, from + limit);
  const last = some.at(-1);
  return {
    item: some,
    ...(last && from + limit < items.length
      ? { position: Buffer.from(keyOf(last)).toString("base64url") }
      : {}),
  };
}
