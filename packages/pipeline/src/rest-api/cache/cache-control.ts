import type { MethodSetting } from "@tollgate/config";
import { deniedToCaller } from "../../authorization/access-denied.ts";
import { policyRequest } from "../../authorization/policy-request.ts";
import { decideCaller } from "../../authorization/resource-policy.ts";
import type { Call } from "../../call/call.ts";
import { firstHeader } from "../../call/header-lookup.ts";
import type { Reply } from "../../call/reply.ts";
import type { RestContext } from "../context.ts";

const ACTION = "execute-api:InvalidateCache";
const WARNING = [
  "Warning",
  `199 - "The cached response was not invalidated: that needs the permission ${ACTION}"`,
];

/** What a call may do about its cached response: nothing special, have it made again, or get it with these headers, or be refused. */
export type CacheControl =
  | { readonly kind: "none" }
  | { readonly kind: "invalidate" }
  | { readonly kind: "ignored"; readonly headers: readonly string[] }
  | { readonly kind: "refused"; readonly reply: Reply };

const NONE: CacheControl = { kind: "none" };
const INVALIDATE: CacheControl = { kind: "invalidate" };
const IGNORED: CacheControl = { kind: "ignored", headers: [] };
const WARNED: CacheControl = { kind: "ignored", headers: WARNING };
const MAX_AGE_0 = /(^|[\s,])max-age\s*=\s*"?0"?\s*($|,)/i;

function mayInvalidate(call: Call, context: RestContext): boolean {
  const request = policyRequest(call, ACTION);
  const { resourcePolicy } = context;
  const decision = call.identity
    ? decideCaller(call.identity, resourcePolicy, context, request)
    : resourcePolicy?.decide(request);
  return decision === "allow";
}

/** cacheControlOf reads Cache-Control: max-age=0 (AWS: Invalidate an API Gateway cache entry). */
export function cacheControlOf(call: Call, context: RestContext, settings: MethodSetting): CacheControl {
  const wanted = firstHeader(call.headers, "cache-control");
  if (wanted === "" || !MAX_AGE_0.test(wanted)) return NONE;
  if (!settings.requireAuthorizationForCacheControl || mayInvalidate(call, context)) return INVALIDATE;
  switch (settings.unauthorizedCacheControlHeaderStrategy) {
    case "FAIL_WITH_403":
      return { kind: "refused", reply: deniedToCaller(call, "silent", ACTION) };
    case "SUCCEED_WITH_RESPONSE_HEADER":
      return WARNED;
    default:
      return IGNORED;
  }
}
