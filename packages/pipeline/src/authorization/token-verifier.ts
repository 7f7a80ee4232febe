import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { cacheKey } from "../runtime/cache-scope.ts";
import type { RuntimeState } from "../runtime/runtime-state.ts";
import { type ClaimForms, claimsOf, scopesOf } from "./token-claims.ts";
import type { VerifiedToken } from "./verified-token.ts";

/** TrustedIssuer is one whose tokens an authorizer takes. */
export interface TrustedIssuer {
  /** Values of iss that name it. */
  readonly names: readonly string[];
  /** Its public keys; `again`: those known before are not enough. */
  readonly keys: (options: { readonly again: boolean }) => Promise<JWTVerifyGetKey>;
}

/** TokenRules is what user pools and JWT authorizers differ in. */
export interface TokenRules {
  /**
   * Tells verified tokens of these rules from those of others: all that a decision depends on, where the keys are read included, since
   * accounts may have endpoints of their own for one issuer.
   */
  readonly scope: string;
  /** A verified token is looked at again after this time at the latest. */
  readonly keptMaxMs: number;
  readonly algorithms: readonly string[];
  readonly claimForms: ClaimForms;
  /** Who must have issued a token; undefined: nobody that is trusted. */
  readonly issuerOf: (token: string) => TrustedIssuer | undefined;
  /** What else is wrong with a token whose signature is right; undefined: nothing. */
  readonly problemOf: (payload: JWTPayload) => string | undefined;
}

/** InvalidToken: a token is not good for a reason that is none of its form, its signature or its time. */
export class InvalidToken extends Error {}
/** UnreadableKeys: the keys of an issuer cannot be read, so nothing is known of its tokens. */
export class UnreadableKeys extends Error {}

/** Verify checks a token. Throws InvalidToken, UnreadableKeys or jose's JOSEError. */
export type Verify = (token: string) => VerifiedToken | Promise<VerifiedToken>;

/** NO_RESULT is the result of an authorizer that says nothing but claims. */
const NO_RESULT = {
  principalId: undefined,
  context: {},
  usageIdentifierKey: undefined,
  policy: undefined,
  policyDocument: undefined,
};

/** bearerToken is the token of an Authorization header, with or without its scheme. */
export const bearerToken = (value: string): string => value.replace(/^Bearer\s+/i, "");

/** tokenVerifier verifies tokens by rules, each once for as long as it is kept. */
export function tokenVerifier(rules: TokenRules, { verifiedTokens }: RuntimeState): Verify {
  const keptMs = ({ payload }: VerifiedToken) =>
    Math.min(rules.keptMaxMs, (payload.exp ?? 0) * 1000 - Date.now());
  return (token) =>
    verifiedTokens.remembered(cacheKey(rules.scope, [token]), keptMs, () => verifyToken(token, rules));
}

async function verifyToken(token: string, rules: TokenRules): Promise<VerifiedToken> {
  const issuer = rules.issuerOf(token);
  if (!issuer) throw new InvalidToken("the token has an invalid issuer");
  const check = async (again: boolean) => {
    const keys = await issuer.keys({ again }).catch((error: Error) => {
      throw new UnreadableKeys(error.message);
    });
    return jwtVerify(token, keys, {
      issuer: [...issuer.names],
      algorithms: [...rules.algorithms],
      requiredClaims: ["exp"],
    });
  };
  const { payload } = await check(false).catch((error: unknown) => {
    // Keys are rotated: one that is not known may be new.
    if (error instanceof errors.JWKSNoMatchingKey) return check(true);
    throw error;
  });
  const problem = rules.problemOf(payload);
  if (problem !== undefined) throw new InvalidToken(problem);
  const claims = claimsOf(payload, rules.claimForms);
  return { payload, result: { ...NO_RESULT, claims, scopes: scopesOf(payload) } };
}
