import { errors, type JWTPayload } from "jose";
import type { HttpApiAuthorizer } from "@tollgate/config";
import { plainForms } from "../../authorization/token-claims.ts";
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
import type { RouteContext } from "../../call/route-context.ts";
import type { Ports } from "../../engine/ports.ts";
import { cacheScope } from "../../runtime/cache-scope.ts";
import { compileSources } from "./identity-source.ts";

type Jwt = Extract<HttpApiAuthorizer, { authorizerType: "JWT" }>;

/** A verified token is looked at again after this time at the latest. */
const KEPT_MAX_MS = 5 * 60_000;

const unauthorized = deny("UNAUTHORIZED");
const forbidden = deny("ACCESS_DENIED");
const quote = (text: string) => `"${text.replace(/["\\]/g, "")}"`;

/** Refusals say why: with the parameters of RFC 6750, 3, but separated by blanks, as AWS does. */
function challenge(reply: Reply, scopes: readonly string[], error: string, description: string): Reply {
  const value = `Bearer scope=${quote(scopes.join(" "))} error=${quote(error)} error_description=${quote(description)}`;
  return { ...reply, headers: [...reply.headers, "www-authenticate", value] };
}

const missing: Reply = { ...unauthorized, headers: [...unauthorized.headers, "www-authenticate", "Bearer"] };

/** What is wrong with a token, in AWS's words as far as they are known. */
function problemOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iss") return "the token has an invalid issuer";
    if (error.claim === "nbf" || error.claim === "iat") return "the token is not valid yet";
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "signing method is invalid";
  if (error instanceof errors.JWKSNoMatchingKey) return "unable to find a signing key that matches the token";
  return "the token is invalid";
}

/** aud counts; client_id only where there is none (AWS: JWT authorizers). */
function isFor({ aud, client_id: client }: JWTPayload, audience: readonly string[]): boolean {
  const given = aud === undefined ? [client] : Array.isArray(aud) ? aud : [aud];
  return given.some((one) => typeof one === "string" && audience.includes(one));
}

/** The place where an issuer is asked: a user pool's may be the endpoint of a service. */
function askedAt(issuer: string, { serviceEndpoint }: RouteContext) {
  const [, region, pool] =
    /^https:\/\/cognito-idp\.([a-z0-9-]+)\.amazonaws\.com\/([\w-]+)\/?$/.exec(issuer) ?? [];
  const local = region === undefined ? undefined : serviceEndpoint("cognito-idp", region);
  return local
    ? { url: `${local.url.replace(/\/$/, "")}/${pool}`, isServiceCall: true }
    : { url: issuer, isServiceCall: false };
}

/** What of its claims makes a token useless here; undefined: nothing. */
function claimProblem(payload: JWTPayload, audience: readonly string[]): string | undefined {
  if (payload.iat !== undefined && payload.iat * 1000 > Date.now()) return "the token is not valid yet";
  return isFor(payload, audience) ? undefined : "the token does not have a valid audience";
}

/** Why a token is refused; undefined: the error says nothing about the token. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof errors.JOSEError) return problemOf(error);
  if (error instanceof UnreadableKeys) return `unable to read the keys of the issuer: ${error.message}`;
  return error instanceof InvalidToken ? error.message : undefined;
}

/** jwtAuthorization allows callers with a token of the issuer, for the audience, with one of the route's scopes (AWS: JWT authorizers for HTTP APIs). */
export function jwtAuthorization(
  id: string,
  spec: Jwt,
  scopes: readonly string[],
  context: RouteContext,
  { transport, state }: Ports,
): Filter {
  const { issuer, audience } = spec.jwtConfiguration;
  const identify = compileSources(spec.identitySource, context, "2.0");
  const { url: issuerUrl, isServiceCall } = askedAt(issuer, context);
  const trusted: TrustedIssuer = {
    names: [issuer],
    keys: (options) => state.tokenKeys.ofIssuer(issuerUrl, transport, { ...options, isServiceCall }),
  };
  const verify = tokenVerifier(
    {
      scope: cacheScope("token", context, { id, spec, keys: issuerUrl }),
      keptMaxMs: KEPT_MAX_MS,
      algorithms: ["RS256", "RS384", "RS512"],
      claimForms: plainForms,
      issuerOf: () => trusted,
      problemOf: (payload) => claimProblem(payload, audience),
    },
    state,
  );

  const allow = (call: Call, { result }: VerifiedToken): Reply | undefined => {
    call.authorizer = result;
    const { scopes: given = [] } = result;
    return scopes.length === 0 || scopes.some((wanted) => given.includes(wanted))
      ? undefined
      : challenge(forbidden, scopes, "insufficient_scope", "insufficient scope");
  };
  const refuse = (error: unknown): Reply => {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return challenge(unauthorized, scopes, "invalid_token", reason);
  };
  return (call) => {
    const token = bearerToken(identify(call)?.values[0] ?? "");
    if (token === "") return missing;
    const verified = verify(token);
    return verified instanceof Promise
      ? verified.then((late) => allow(call, late), refuse)
      : allow(call, verified);
  };
}
