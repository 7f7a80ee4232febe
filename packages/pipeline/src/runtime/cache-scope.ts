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

/** cacheKey is a key in a scope; `parts` is what of a call tells its entry from those of others. Other parts never make the same key. */
export const cacheKey = (scope: string, parts: readonly unknown[]): string =>
  `${scope}${JSON.stringify(parts)}`;
