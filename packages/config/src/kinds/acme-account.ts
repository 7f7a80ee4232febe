import { generateKeyPairSync } from "node:crypto";
import { z } from "zod";
import { defineKind } from "../define-kind.ts";

const spec = z.strictObject({
  /** The directory of the authority (RFC 8555, 7.1.1). */
  directoryUrl: z.url(),
  /** PEM (PKCS #8), P-256. A secret. If absent, the stored one is kept, or one is made. */
  accountKey: z.string().max(8_192).optional(),
  /** The control plane that orders certificates now, and until when no other does. */
  lease: z.strictObject({ holder: z.string().min(1), untilUnixMs: z.int() }).optional(),
});

const newAccountKey = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();

export const AcmeAccount = defineKind({
  name: "AcmeAccount",
  about: "The gateway's account at an ACME authority. Control planes make it, in the account of operators.",
  spec,
  collection: "acmeaccounts",
  id: { pattern: /^[0-9a-f]{16}$/, help: "must be 16 characters of 0-9 and a-f" },
  quota: "acmeAccounts",
  writableBy: "admin",
  secret: { path: ["accountKey"], make: newAccountKey },
});
