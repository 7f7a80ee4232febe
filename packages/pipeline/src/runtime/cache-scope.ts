import { createHash } from "node:crypto";
import { canonicalJson } from "@tollgate/config/runtime";
import type { RouteContext } from "../call/route-context.ts";

/** What is cached: the result of an authorizer, a token that was verified, or a response. */
export type CachedKind = "authorizer" | "token" | "response";

/**
 * cacheScope is the part of a cache's keys that all calls of a route share: what is cached, whose it is, and all of the config that it
 * depends on. What a change of that config makes invalid is then not found again.
 */
export const cacheScope = (
  kind: CachedKind,
  { accountId, apiId, stageName }: RouteContext,
  dependsOn: unknown,
): string =>
  createHash("sha256")
    .update(canonicalJson([kind, accountId, apiId, stageName, dependsOn]))
    .digest("base64url");

interface Made {
  readonly scope: string;
  readonly parts: unknown;
  readonly key: string;
}

/** Keys that were made lately: most calls have that of another one, whose characters a map has hashed already. */
const PLACES = 1024;
const made: (Made | undefined)[] = Array.from({ length: PLACES });
/** A longer key is made each time, so that all of them together take a few megabytes. */
const KEPT_MAX_CHARS = 4096;

/** Parts that differ mostly have places that do: the ends of tokens are their signatures. */
function placeOf(scope: string, parts: readonly unknown[]): number {
  let last: unknown = parts;
  while (Array.isArray(last)) last = last[last.length - 1];
  const ofScope = scope.charCodeAt(0) * 131 + scope.charCodeAt(1) * 17;
  if (typeof last !== "string" || last === "") return ofScope & (PLACES - 1);
  const { length } = last;
  const ends =
    last.charCodeAt(length - 1) * 37 + last.charCodeAt(length >> 1) * 5 + last.charCodeAt(length >> 2);
  return (ofScope + ends + length) & (PLACES - 1);
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (!isSame(one[i], other[i])) return false;
  return true;
}

/** cacheKey is a key in a scope; `parts` is what of a call tells its entry from those of others. Other parts never make the same key. */
export function cacheKey(scope: string, parts: readonly unknown[]): string {
  const place = placeOf(scope, parts);
  const last = made[place];
  if (last && last.scope === scope && isSame(last.parts, parts)) return last.key;
  const written = JSON.stringify(parts);
  const key = scope + written;
  // Read again: a part of a request's head would keep the whole head in memory.
  if (key.length <= KEPT_MAX_CHARS) made[place] = { scope, parts: JSON.parse(written), key };
  return key;
}
