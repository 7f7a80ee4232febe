import { decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { type Entity, openIdConnectProviderId } from "@tollgate/config";
import { oidcProviderArn } from "@tollgate/iam";
import { TokenKeys } from "@tollgate/pipeline";
import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";

/** WebIdentity is the verified content of an identity provider's token. */
export interface WebIdentity {
  readonly providerArn: string;
  /** The provider's URL without https://, which is the prefix of its condition keys. */
  readonly host: string;
  readonly sub: string;
  readonly aud: string;
}

const providerKeys = new TokenKeys();

/** Providers are reached as upstreams are: the operator's egress policy holds for them. */
async function keysOf(url: string, { upstreams }: Application, again: boolean): Promise<JWTVerifyGetKey> {
  try {
    return await providerKeys.ofIssuer(url, upstreams.transport, { again });
  } catch (error) {
    throw new Refusal(
      "identity-provider-unreachable",
      `cannot read the keys of the identity provider ${url}: ${(error as Error).message}`,
    );
  }
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
    const check = async (again: boolean) =>
      jwtVerify(token, await keysOf(url, application, again), {
        issuer: [url, url.replace(/\/+$/, "")],
        audience: clientIds,
        requiredClaims: ["sub", "exp"],
      });
    const { payload } = await check(false).catch((error: unknown) => {
      // Keys are rotated: one that is not known may be new.
      if (error instanceof errors.JWKSNoMatchingKey) return check(true);
      throw error;
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
