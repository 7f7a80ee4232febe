import { createRemoteJWKSet, decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { type Entity, openIdConnectProviderId } from "@tollgate/config";
import { oidcProviderArn } from "@tollgate/iam";
import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";

const TIMEOUT_MS = 5_000;
const DOCUMENT_MAX_BYTES = 64 * 1024;

/** WebIdentity is the verified content of an identity provider's token. */
export interface WebIdentity {
  readonly providerArn: string;
  /** The provider's URL without https://, which is the prefix of its condition keys. */
  readonly host: string;
  readonly sub: string;
  readonly aud: string;
}

/** Keys of providers by their URL, which are fetched when they are first needed, and again if a key is missing. */
const keySets = new Map<string, Promise<JWTVerifyGetKey>>();

async function discover(url: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(`${url.replace(/\/+$/, "")}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: "error",
  });
  const text = await response.text();
  if (response.status !== 200 || text.length > DOCUMENT_MAX_BYTES)
    throw new Error(`it responded with ${response.status}`);
  const { jwks_uri: keysUrl } = JSON.parse(text) as { jwks_uri?: string };
  if (typeof keysUrl !== "string") throw new Error("it has no jwks_uri");
  return createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: TIMEOUT_MS });
}

function keysOf(url: string): Promise<JWTVerifyGetKey> {
  const known = keySets.get(url);
  if (known) return known;
  const found = discover(url).catch((error: unknown) => {
    keySets.delete(url);
    throw new Refusal(
      "identity-provider-unreachable",
      `cannot read the keys of the identity provider ${url}: ${(error as Error).message}`,
    );
  });
  keySets.set(url, found);
  return found;
}

/** The identity provider of the account that has issued a token, according to the token. */
function providerOf(
  { mirror }: Application,
  accountId: string,
  token: string,
): Entity<"OpenIdConnectProvider"> {
  let issuer: string | undefined;
  try {
    issuer = decodeJwt(token).iss;
  } catch {
    // reported below
  }
  if (issuer === undefined)
    throw new Refusal("identity-token-invalid", "the token is not a JWT with an issuer");
  const id = openIdConnectProviderId(issuer);
  const provider = mirror.account(accountId).find("OpenIdConnectProvider", "", id);
  if (provider) return provider;
  throw new Refusal(
    "identity-token-invalid",
    `No OpenIDConnect provider found in your account for ${issuer}`,
  );
}

/** verifyWebIdentity verifies a token with the account's identity providers: issuer, signature, time and audience. */
export async function verifyWebIdentity(
  application: Application,
  accountId: string,
  token: string,
): Promise<WebIdentity> {
  const { url, clientIds } = providerOf(application, accountId, token).spec;
  try {
    const { payload } = await jwtVerify(token, await keysOf(url), {
      issuer: [url, url.replace(/\/+$/, "")],
      audience: clientIds,
      requiredClaims: ["sub", "exp"],
    });
    const aud = [payload.aud ?? []].flat().find((one) => clientIds.includes(one));
    return {
      providerArn: oidcProviderArn(accountId, url),
      host: url.replace(/^https?:\/\//, "").replace(/\/+$/, ""),
      sub: payload.sub as string,
      aud: aud ?? "",
    };
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new Refusal("identity-token-expired", "Token expired: the identity token has expired");
    if (error instanceof errors.JOSEError)
      throw new Refusal("identity-token-invalid", `Couldn't verify the identity token: ${error.message}`);
    throw error;
  }
}
