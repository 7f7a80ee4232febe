import { ttlSecondsOf, type Authorizer } from "@tollgate/config";
import { compileSelectionPattern } from "@tollgate/mapping";
import { decodeJwt, errors, jwtVerify, type JWTPayload } from "jose";
import type { Call } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import type { Ports } from "../../engine/ports.ts";
import type { Filter } from "../../call/call.ts";
import type { RestContext } from "../context.ts";
import { deniedToCaller } from "../../authorization/access-denied.ts";
import { compileSource } from "./identity-source.ts";
import { policyRequest } from "../../authorization/policy-request.ts";
import type { VerifiedToken } from "../../authorization/verified-token.ts";
import { claimsOf } from "../../authorization/token-claims.ts";

type CognitoSpec = Extract<Authorizer, { type: "COGNITO_USER_POOLS" }>;

const unauthorized = deny("UNAUTHORIZED");
const expired = deny("UNAUTHORIZED", { message: "The incoming token has expired" });
const misconfigured = deny("AUTHORIZER_CONFIGURATION_ERROR");

/** A user pool: who its tokens say has issued them, and where its keys are. */
interface UserPool {
  readonly issuers: readonly string[];
  readonly keysUrl: string;
}

function poolOf(arn: string, { serviceEndpoint }: RestContext): UserPool {
  const [, , , region = "", , resource = ""] = arn.split(":");
  const id = resource.replace("userpool/", "");
  const own = `https://cognito-idp.${region}.amazonaws.com/${id}`;
  const base = serviceEndpoint("cognito-idp", region)?.url.replace(/\/$/, "");
  const local = base === undefined ? own : `${base}/${id}`;
  return { issuers: [own, local], keysUrl: `${local}/.well-known/jwks.json` };
}

/** An identity token, or, where scopes are asked for, an access token with one of them. */
function isFit({ token_use: use, scope }: JWTPayload, scopes: readonly string[]): boolean {
  if (scopes.length === 0) return use === "id";
  const given = typeof scope === "string" ? scope.split(" ") : [];
  return use === "access" && scopes.some((wanted) => given.includes(wanted));
}

/** cognitoAuthorization lets callers in with a token of a user pool (AWS: Control access to REST APIs using Amazon Cognito user pools). */
export function cognitoAuthorization(
  spec: CognitoSpec,
  scopes: readonly string[],
  context: RestContext,
  { transport, state }: Ports,
): Filter {
  const read = compileSource(spec.identitySource);
  const audience =
    spec.identityValidationExpression === undefined
      ? undefined
      : compileSelectionPattern(spec.identityValidationExpression);
  const ttlMs = ttlSecondsOf(spec) * 1000;
  const scope = `${spec.providerARNs.join()}/${context.authorizerCacheEpoch}`;
  const keptFor = ({ payload }: VerifiedToken) => Math.min(ttlMs, (payload.exp ?? 0) * 1000 - Date.now());
  const pools = spec.providerARNs.map((arn) => poolOf(arn, context));

  const verify = async (call: Call, token: string): Promise<VerifiedToken> => {
    const pool = pools.find(({ issuers }) => issuers.includes(issuerOf(token) ?? ""));
    if (!pool) throw new Refused(unauthorized, "the token is of no user pool of the authorizer");
    const check = async (anew: boolean) => {
      const keys = await state.tokenKeys.ofUrl(pool.keysUrl, transport, { anew }).catch((error: Error) => {
        call.log?.fail(`Execution failed due to configuration error: Authorizer error: ${error.message}`);
        throw new Refused(misconfigured, error.message);
      });
      return jwtVerify(token, keys, {
        issuer: [...pool.issuers],
        algorithms: ["RS256"],
        requiredClaims: ["exp"],
      });
    };
    try {
      const { payload } = await check(false).catch((error: unknown) => {
        // Keys are rotated: one that is not known may be new.
        if (error instanceof errors.JWKSNoMatchingKey) return check(true);
        throw error;
      });
      const nothing = {
        principalId: undefined,
        context: {},
        usageIdentifierKey: undefined,
        policy: undefined,
        policyDocument: undefined,
      };
      return { payload, result: { ...nothing, claims: claimsOf(payload) } };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new Refused(expired, error.message);
      if (error instanceof errors.JOSEError) throw new Refused(unauthorized, error.message);
      throw error;
    }
  };

  return async (call) => {
    const token = read(call).replace(/^Bearer\s+/i, "");
    if (token === "") return unauthorized;
    const { payload, result } = await state.verifiedTokens.remembered(`${scope}/${token}`, keptFor, () =>
      verify(call, token),
    );
    if (!isFit(payload, scopes)) return unauthorized;
    if (audience?.ok && !audience.value.test(String(payload.aud ?? payload.client_id ?? "")))
      return unauthorized;
    call.authorizer = result;
    // Who is let in is then up to the API's policy alone: it must allow.
    const decision = context.resourcePolicy?.decide(policyRequest(call)) ?? "allow";
    return decision === "allow" ? undefined : deniedToCaller(call, decision);
  };
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
