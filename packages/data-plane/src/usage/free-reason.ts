import type { Call } from "@tollgate/pipeline";
import { FreeReason } from "@tollgate/proto/usage";

/**
 * Why a call that the gateway refused is free; what is not here is charged: once a call is for a route, authorized and within its limits, it is
 * charged whatever becomes of it, also if it is invalid or its integration fails. The reason is the gateway's own and never read from a status: a
 * 403 or 429 of an upstream is charged. Amazon API Gateway Developer Guide, "Amazon API Gateway pricing".
 */
const freeReasons: { readonly [T in NonNullable<Call["refusal"]>["type"]]?: FreeReason } = {
  MISSING_AUTHENTICATION_TOKEN: FreeReason.UNAUTHENTICATED,
  UNAUTHORIZED: FreeReason.UNAUTHENTICATED,
  EXPIRED_TOKEN: FreeReason.UNAUTHENTICATED,
  INVALID_SIGNATURE: FreeReason.UNAUTHENTICATED,
  ACCESS_DENIED: FreeReason.DENIED,
  WAF_FILTERED: FreeReason.DENIED,
  AUTHORIZER_FAILURE: FreeReason.AUTHORIZER_FAILED,
  AUTHORIZER_CONFIGURATION_ERROR: FreeReason.AUTHORIZER_FAILED,
  INVALID_API_KEY: FreeReason.KEY_INVALID,
  THROTTLED: FreeReason.THROTTLED,
  QUOTA_EXCEEDED: FreeReason.QUOTA_EXCEEDED,
  RESOURCE_NOT_FOUND: FreeReason.NO_ROUTE,
  REQUEST_TOO_LARGE: FreeReason.MALFORMED,
  UNSUPPORTED_MEDIA_TYPE: FreeReason.MALFORMED,
};

/**
 * freeReasonOf is why a call is not charged; UNSPECIFIED: it is. A web ACL may block with a response of its own, which is no refusal. A preflight
 * that an API answers is a call of it, whether a route has its path or not.
 */
export function freeReasonOf({ refusal, route, waf }: Pick<Call, "refusal" | "route" | "waf">): FreeReason {
  if (waf !== undefined && waf.action !== "ALLOW") return FreeReason.DENIED;
  if (route?.resourcePath === "" && refusal !== undefined) return FreeReason.NO_ROUTE;
  return (refusal && freeReasons[refusal.type]) ?? FreeReason.UNSPECIFIED;
}
