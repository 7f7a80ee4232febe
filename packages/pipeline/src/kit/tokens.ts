import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import type { Upstream } from "./upstream.ts";

/** TokenIssuer issues tokens and serves its keys, as a user pool or an OpenID Connect provider does. */
export interface TokenIssuer {
  /** A token of these claims that expires in an hour, unless they say otherwise. */
  issue(claims: JWTPayload, options?: { readonly kid?: string }): Promise<string>;
  /** Serves the configuration and the keys; anything else has no body. */
  readonly upstream: Upstream;
}

/** tokenIssuer makes an issuer of a name, at which it also serves. */
export async function tokenIssuer(name: string): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: "key1", alg: "RS256" }];
  return {
    issue: (claims, { kid = "key1" } = {}) => sign(privateKey, { iss: name, ...claims }, kid),
    upstream({ url }) {
      if (url.endsWith("/.well-known/openid-configuration"))
        return { body: JSON.stringify({ issuer: name, jwks_uri: `${name}/.well-known/jwks.json` }) };
      return url.endsWith("/.well-known/jwks.json") ? { body: JSON.stringify({ keys }) } : {};
    },
  };
}

function sign(key: CryptoKey, claims: JWTPayload, kid: string): Promise<string> {
  const jwt = new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid });
  if (claims.exp === undefined) jwt.setExpirationTime("1h");
  return jwt.sign(key);
}
