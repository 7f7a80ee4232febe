import type { AwsRequest, JsonObject } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "./errors.ts";

const LIMIT_DEFAULT = 25;
const LIMIT_MAX = 500;

/** A position contains the key of the last item, and its index in case the item is deleted. */
const positionOf = (index: number, key: string) => Buffer.from(`${index} ${key}`).toString("base64url");

function startAt(position: string | null, keys: readonly string[]): number {
  if (position === null || position === "") return 0;
  const [, index, key] = /^(\d{1,9}) (.*)$/s.exec(Buffer.from(position, "base64url").toString()) ?? [];
  if (index === undefined || key === undefined) throw badRequest(`Invalid position parameter '${position}'`);
  const at = keys.indexOf(key);
  return at < 0 ? Number(index) : at + 1;
}

/** page returns part of a list as version 1 does: `limit` items after `position`, and the next position if there are more. */
export function page(
  request: AwsRequest,
  items: readonly JsonObject[],
  keyOf: (item: JsonObject) => string,
): JsonObject {
  const asked = Number(request.query.get("limit") ?? 0);
  const limit = asked > 0 ? Math.min(asked, LIMIT_MAX) : LIMIT_DEFAULT;
  const keys = items.map(keyOf);
  const from = startAt(request.query.get("position"), keys);
  const next = from + limit;
  return {
    item: items.slice(from, next),
    ...(next < items.length ? { position: positionOf(next - 1, keys[next - 1] ?? "") } : {}),
  };
}
