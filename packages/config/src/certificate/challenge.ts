import { z } from "zod";
import { certifiedName } from "./host-name.ts";

/** The ways in which nodes can prove to an ACME authority that they have a name (RFC 8555, 8.3; RFC 8737). */
export const CHALLENGE_TYPES = ["http-01", "tls-alpn-01"] as const;

export type ChallengeType = (typeof CHALLENGE_TYPES)[number];

/** challenge is one that nodes respond to: what they are asked for, and what they respond. */
export const challenge = z.strictObject({
  type: z.enum(CHALLENGE_TYPES),
  name: certifiedName,
  token: z.string().regex(/^[A-Za-z0-9_-]{1,512}$/, "must be base64url"),
  /** The token and the thumbprint of the key of the account (RFC 8555, 8.1). */
  keyAuthorization: z.string().min(1).max(1_024),
});

export type Challenge = z.output<typeof challenge>;

/** ChallengesConfig is challenges as they are delivered. */
export interface ChallengesConfig {
  readonly challenges: readonly Challenge[];
}
