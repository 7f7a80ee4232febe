import { createHash, timingSafeEqual } from "node:crypto";

/** RoleName is a role of a caller. */
export type RoleName = "admin" | "deployer" | "viewer" | "node";

export const ROLE_NAMES: readonly RoleName[] = ["admin", "deployer", "viewer", "node"];

/** Operator is who calls. */
export interface Operator {
  readonly name: string;
  readonly roles: readonly RoleName[];
}

/** A bearer token, and who uses it. */
export interface BearerToken extends Operator {
  readonly token: string;
}

/** The certificate that a client has shown, as Node describes it. */
export interface ShownCertificate {
  readonly subject?: unknown;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest();

/** Finds the operator of a bearer token. All tokens are compared, so that the time reveals nothing. */
function ofToken(header: string, tokens: readonly BearerToken[]): Operator | undefined {
  const given = sha256(header);
  let found: Operator | undefined;
  for (const { token, name, roles: own } of tokens)
    if (timingSafeEqual(given, sha256(`Bearer ${token}`))) found = { name, roles: own };
  return found;
}

/** operatorOfToken returns the operator of a token; undefined: the token is unknown. */
export const operatorOfToken = (token: string, tokens: readonly BearerToken[]): Operator | undefined =>
  ofToken(`Bearer ${token}`, tokens);

/** The operator of a client certificate: its organizational units name the roles, its common name the caller. */
function ofCertificate(certificate: ShownCertificate | undefined): Operator | undefined {
  const { CN: name, OU: units } = (certificate?.subject ?? {}) as { CN?: string; OU?: string | string[] };
  const named = [units ?? []]
    .flat()
    .filter((unit): unit is RoleName => ROLE_NAMES.includes(unit as RoleName));
  return name !== undefined && named.length > 0 ? { name, roles: named } : undefined;
}

/** operatorOf is who calls with a header `authorization: Bearer {token}`, or a certificate of the authorities; undefined: nobody that is known. */
export const operatorOf = (
  authorization: string,
  certificate: ShownCertificate | undefined,
  tokens: readonly BearerToken[],
): Operator | undefined => ofToken(authorization, tokens) ?? ofCertificate(certificate);
