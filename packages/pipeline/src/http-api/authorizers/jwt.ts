import type { HttpApiAuthorizer } from "@tollgate/config";
import { errors, jwtVerify, type JWTPayload } from "jose";
import { claimsOf } from "../../authorization/token-claims.ts";
import type { VerifiedToken } from "../../authorization/verified-token.ts";
import type { Call, Filter } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import type { Ports } from "../../engine/ports.ts";
import type { Reply } from "../../call/reply.ts";
import type { RouteContext } from "../../call/route-context.ts";
import { compileSources } from "./identity-source.ts";

type Jwt = Extract<HttpApiAuthorizer, { authorizerType: "JWT" }>;

/** A verified token is looked at again after this time at the latest. */
const KEPT_MAX_MS = 5 * 60_000;

const unauthorized = deny("UNAUTHORIZED");
const forbidden = deny("ACCESS_DENIED");
const quote = (text: string) => `"${text.replace(/["\\]/g, "")}"`;

/** Refusals say why as RFC 6750, 3 has it. */
function challenge(reply: Reply, scopes: readonly string[], error: string, description: string): Reply {
  const parts = [
    ...(scopes.length > 0 ? [`scope=${quote(scopes.join(" "))}`] : []),
    `error=${quote(error)}`,
    `error_description=${quote(description)}`,
  ];
  return { ...reply, headers: [...reply.headers, "www-authenticate", `Bearer ${parts.join(", ")}`] };
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

/** HTTP APIs show times as they are, and lists as [a b]. */
const CLAIM_FORMS = { date: String, list: (values: readonly unknown[]) => `[${values.join(" ")}]` };

class InvalidToken extends Error {}

/** aud counts; client_id only where there is none (AWS: JWT authorizers). */
function isFor({ aud, client_id: client }: JWTPayload, audience: readonly string[]): boolean {
  const given = aud === undefined ? [client] : Array.isArray(aud) ? aud : [aud];
  return given.some((one) => typeof one === "string" && audience.includes(one));
}

const listOf = (given: unknown): readonly string[] =>
  Array.isArray(given) ? given.map(String) : typeof given === "string" ? given.split(" ") : [];

/** Scopes of a token, which stand in scope or scp. */
const scopesOf = ({ scope, scp }: JWTPayload): readonly string[] => listOf(scope ?? scp);

/** The place where an issuer is asked: a user pool's may be an endpoint of the account. */
function askedAt(issuer: string, { serviceEndpoint }: RouteContext): string {
  const [, region, pool] =
    /^https:\/\/cognito-idp\.([a-z0-9-]+)\.amazonaws\.com\/([\w-]+)\/?$/.exec(issuer) ?? [];
  const local = region === undefined ? undefined : serviceEndpoint("cognito-idp", region);
  return local ? `${local.url.replace(/\/$/, "")}/${pool}` : issuer;
}

/** jwtAuthorization lets callers in who show a token of the issuer, for the audience, with one of the route's scopes (AWS: JWT authorizers for HTTP APIs). */
export function jwtAuthorization(
  spec: Jwt,
  scopes: readonly string[],
  context: RouteContext,
  { transport, state }: Ports,
): Filter {
  const { issuer, audience } = spec.jwtConfiguration;
  const identify = compileSources(spec.identitySource, context);
  const issuerUrl = askedAt(issuer, context);
  const scope = `${issuer} ${audience.join()}`;

  const verify = async (token: string): Promise<VerifiedToken> => {
    const check = async (anew: boolean) => {
      const keys = await state.tokenKeys.ofIssuer(issuerUrl, transport, { anew }).catch((error: Error) => {
        throw new InvalidToken(`unable to read the keys of the issuer: ${error.message}`);
      });
      return jwtVerify(token, keys, {
        issuer,
        algorithms: ["RS256", "RS384", "RS512"],
        requiredClaims: ["exp"],
      });
    };
    const { payload } = await check(false).catch((error: unknown) => {
      // Keys are rotated: one that is not known may be new.
      if (error instanceof errors.JWKSNoMatchingKey) return check(true);
      throw error;
    });
    if (payload.iat !== undefined && payload.iat * 1000 > Date.now())
      throw new InvalidToken("the token is not valid yet");
    if (!isFor(payload, audience)) throw new InvalidToken("the token does not have a valid audience");
    const nothing = { principalId: undefined, context: {}, usageIdentifierKey: undefined };
    const claims = claimsOf(payload, CLAIM_FORMS);
    return {
      payload,
      result: { ...nothing, policy: undefined, policyDocument: undefined, claims, scopes: scopesOf(payload) },
    };
  };

  const refused = (call: Call, error: unknown): Reply => {
    if (!(error instanceof errors.JOSEError) && !(error instanceof InvalidToken)) throw error;
    call.log?.fail(`JWT authorizer: ${error.message}`);
    const why = error instanceof errors.JOSEError ? problemOf(error) : error.message;
    return challenge(unauthorized, scopes, "invalid_token", why);
  };

  return async (call) => {
    const token = identify(call)?.[0]?.replace(/^Bearer\s+/i, "");
    if (token === undefined || token === "") return missing;
    try {
      const keptMs = ({ payload }: VerifiedToken) =>
        Math.min(KEPT_MAX_MS, (payload.exp ?? 0) * 1000 - Date.now());
      const { result } = await state.verifiedTokens.remembered(`jwt ${scope} ${token}`, keptMs, () =>
        verify(token),
      );
      call.authorizer = result;
    } catch (error) {
      return refused(call, error);
    }
    const given = call.authorizer.scopes ?? [];
    if (scopes.length > 0 && !scopes.some((wanted) => given.includes(wanted)))
      return challenge(forbidden, scopes, "insufficient_scope", "insufficient scope");
    return undefined;
  };
}
