import { PREFIX, type Sealer } from "../secret/sealer.ts";
import type { Issuer } from "./principal.ts";

/** SessionClaims is everything that a session is: its token holds it, nothing of it is stored. */
export interface SessionClaims {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly accountId: string;
  readonly issuer: Issuer;
  readonly sessionName: string;
  /** Documents that narrow it. */
  readonly policies: readonly object[] | undefined;
  readonly expireTimeUnixMs: number;
}

const PLACE = "session";
/** Longest token that is read. */
const TOKEN_MAX = 16 * 1024;
const TOKEN = /^[0-9a-f]{8}\.[A-Za-z0-9_-]+$/;

/** sealSession makes the token of a session: only who has the sealing keys can read or make one. */
export const sealSession = (sealer: Sealer, claims: SessionClaims): string =>
  sealer
    .seal(JSON.stringify(claims), PLACE)
    .slice(PREFIX.length)
    .replace(":", ".")
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** openSession reads a token; undefined: it is none of ours. */
export function openSession(sealer: Sealer, token: string): SessionClaims | undefined {
  if (token.length > TOKEN_MAX || !TOKEN.test(token)) return undefined;
  try {
    return JSON.parse(sealer.open(PREFIX + token.replace(".", ":"), PLACE)) as SessionClaims;
  } catch {
    return undefined;
  }
}
