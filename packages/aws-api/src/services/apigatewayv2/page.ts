import type { AwsRequest, JsonObject } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "../apigateway/errors.ts";

const RESULTS_DEFAULT = 25;
const RESULTS_MAX = 500;

function countOf(given: string | null): number {
  if (given === null || given === "") return RESULTS_DEFAULT;
  if (!/^[1-9]\d{0,8}$/.test(given))
    throw badRequest(`Invalid maxResults parameter '${given}': must be a number from 1`);
  return Math.min(Number(given), RESULTS_MAX);
}

/** The id of the last item of the previous page. */
function lastOf(token: string | null): string {
  if (token === null || token === "") return "";
  const [, id] = /^after:(.+)$/s.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (id === undefined) throw badRequest(`Invalid nextToken parameter '${token}'`);
  return id;
}

/** page returns a part of a list in the order of its ids, as version 2 does: maxResults items after nextToken, and the next token. */
export function page<T>(
  { query }: AwsRequest,
  all: ReadonlyMap<string, T>,
  show: (id: string, item: T) => JsonObject,
  list = "items",
): JsonObject {
  const count = countOf(query.get("maxResults"));
  const last = lastOf(query.get("nextToken"));
  const left = [...all].filter(([id]) => id > last).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = left.slice(0, count);
  const end = shown.at(-1)?.[0];
  return {
    [list]: shown.map(([id, item]) => show(id, item)),
    ...(left.length > count ? { nextToken: Buffer.from(`after:${end}`).toString("base64url") } : {}),
  };
}
