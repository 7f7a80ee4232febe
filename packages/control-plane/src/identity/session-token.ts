import { PREFIX, type Sealer } from "../secret/sealer.ts";
import type { Issuer } from "./principal.ts";

/** SessionClaims is everything about a session. Its token contains it; nothing is stored. */
export interface SessionClaims {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly accountId: string;
  readonly issuer: Issuer;
  readonly sessionName: string;
  /** Documents that restrict it. */
  readonly policies: readonly object[] | undefined;
  readonly expireTimeUnixMs: number;
}

const PLACE = "session";
/** The length of the longest token that is accepted. */
const TOKEN_MAX = 16 * 1024;
const TOKEN = /^[0-9a-f]{8}\.[A-Za-z0-9_-]+$/;

/** sealSession creates the token of a session, which can be read and created only with the sealing keys. */
export const sealSession = (sealer: Sealer, claims: SessionClaims): string =>
  sealer
    .seal(JSON.stringify(claims), PLACE)
    .slice(PREFIX.length)
    .replace(":", ".")
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** openSession reads a token. undefined: it was not issued by this gateway. */
export function openSession(sealer: Sealer, token: string): SessionClaims | undefined {
  if (token.length > TOKEN_MAX || !TOKEN.test(token)) return undefined;
  try {
    return JSON.parse(sealer.open(PREFIX + token.replace(".", ":"), PLACE)) as SessionClaims;
  } catch {
    return undefined;
  }
}
