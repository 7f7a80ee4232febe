import { decodeJwt, errors, type JWTPayload } from "jose";
import type { SpecOf } from "@tollgate/config";
import { ttlSecondsOf } from "@tollgate/config/runtime";
import { compileSelectionPattern } from "@tollgate/mapping";
import { deniedToCaller } from "../../authorization/access-denied.ts";
import { policyRequest } from "../../authorization/policy-request.ts";
import { javaForms } from "../../authorization/token-claims.ts";
import type { TokenKeys } from "../../authorization/token-keys.ts";
import {
  bearerToken,
  InvalidToken,
  type TrustedIssuer,
  tokenVerifier,
  UnreadableKeys,
} from "../../authorization/token-verifier.ts";
import type { VerifiedToken } from "../../authorization/verified-token.ts";
import type { Call, Filter } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import type { Ports } from "../../engine/ports.ts";
import { hideResult } from "../../filters/secret-places.ts";
import { cacheScope } from "../../runtime/cache-scope.ts";
import type { Transport } from "../../upstream/transport.ts";
import type { RestContext } from "../context.ts";
import { compileTokenSource } from "./identity-source.ts";

type CognitoSpec = Extract<SpecOf<"Authorizer">, { type: "COGNITO_USER_POOLS" }>;

const unauthorized = deny("UNAUTHORIZED");
const expired = deny("UNAUTHORIZED", { message: "The incoming token has expired" });
const misconfigured = deny("AUTHORIZER_CONFIGURATION_ERROR");

/** A user pool, by the names that its tokens have for it, and where its keys are. */
function poolOf(
  arn: string,
  { serviceEndpoint }: RestContext,
  tokenKeys: TokenKeys,
  transport: Transport,
): TrustedIssuer & { readonly keysUrl: string } {
  const [, , , region = "", , resource = ""] = arn.split(":");
  const id = resource.replace("userpool/", "");
  const own = `https://cognito-idp.${region}.amazonaws.com/${id}`;
  const base = serviceEndpoint("cognito-idp", region)?.url.replace(/\/$/, "");
  const local = base === undefined ? own : `${base}/${id}`;
  const keysUrl = `${local}/.well-known/jwks.json`;
  const isServiceCall = base !== undefined;
  return {
    names: [own, local],
    keysUrl,
    keys: (options) => tokenKeys.ofUrl(keysUrl, transport, { ...options, isServiceCall }),
  };
}

/** An identity token, or, where scopes are asked for, an access token with one of them. */
function isFit({ token_use: use, scope }: JWTPayload, scopes: readonly string[]): boolean {
  if (scopes.length === 0) return use === "id";
  const given = typeof scope === "string" ? scope.split(" ") : [];
  return use === "access" && scopes.some((wanted) => given.includes(wanted));
}

/** The reply for a token that is not good. */
function refusalOf(call: Call, error: unknown): Reply {
  if (error instanceof UnreadableKeys) {
    call.log?.fail(`Execution failed due to configuration error: Authorizer error: ${error.message}`);
    return misconfigured;
  }
  if (error instanceof errors.JWTExpired) return expired;
  if (error instanceof errors.JOSEError || error instanceof InvalidToken) return unauthorized;
  throw error;
}

/** cognitoAuthorization allows callers with a token of a user pool (AWS: Control access to REST APIs using Amazon Cognito user pools). */
export function cognitoAuthorization(
  id: string,
  spec: CognitoSpec,
  scopes: readonly string[],
  context: RestContext,
  { transport, state }: Ports,
): Filter {
  const read = compileTokenSource(spec.identitySource);
  const pattern = spec.identityValidationExpression;
  const audience = pattern === undefined ? undefined : compileSelectionPattern(pattern);
  const pools = spec.providerARNs.map((arn) => poolOf(arn, context, state.tokenKeys, transport));
  const verify = tokenVerifier(
    {
      scope: cacheScope("token", context, {
        id,
        spec,
        keys: pools.map(({ names, keysUrl }) => [names, keysUrl]),
        authorizerCacheEpoch: context.authorizerCacheEpoch,
      }),
      keptMaxMs: ttlSecondsOf(spec) * 1000,
      algorithms: ["RS256"],
      claimForms: javaForms,
      issuerOf: (token) => pools.find(({ names }) => names.includes(issuerNameOf(token))),
      problemOf: () => undefined,
    },
    state,
  );

  const allow = (call: Call, { payload, result }: VerifiedToken): Reply | undefined => {
    if (!isFit(payload, scopes)) return unauthorized;
    if (audience?.ok && !audience.value.matches(String(payload.aud ?? payload.client_id ?? "")))
      return unauthorized;
    call.authorizer = result;
    hideResult(call);
    // Whether the caller is allowed is then up to the API's policy alone: it must allow.
    const decision = context.resourcePolicy?.decide(policyRequest(call)) ?? "allow";
    return decision === "allow" ? undefined : deniedToCaller(call, decision);
  };
  return (call) => {
    const token = bearerToken(read(call));
    if (token === "") return unauthorized;
    const verified = verify(token);
    return verified instanceof Promise
      ? verified.then(
          (late) => allow(call, late),
          (error: unknown) => refusalOf(call, error),
        )
      : allow(call, verified);
  };
}

/** Who a token says has issued it; empty: it does not say. */
function issuerNameOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? "";
  } catch {
    return "";
  }
}
