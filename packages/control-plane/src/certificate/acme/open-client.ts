import type { Client } from "acme-client";
import type { AcmeSettings } from "./acme-settings.ts";
import { authorityCalls } from "./authority-calls.ts";

/** An authority that is asked to refuse half of all nonces must still be reached (RFC 8555, 6.5). */
const BAD_NONCES_MAX = 30;

/** The part of acme-client that has no types. */
interface Tuned {
  readonly http: { maxBadNonceRetries: number };
}

/** openClient is a client of an authority, whose account exists there. */
export async function openClient(
  { directoryUrl, email, externalAccount, authoritiesFile }: AcmeSettings,
  accountKey: string,
): Promise<Client> {
  // Most control planes order nothing: they do without.
  const { default: acme } = await import("acme-client");
  acme.axios.defaults.adapter = authorityCalls(authoritiesFile);
  const client = new acme.Client({
    directoryUrl,
    accountKey,
    ...(externalAccount && {
      externalAccountBinding: { kid: externalAccount.keyId, hmacKey: externalAccount.key.current() },
    }),
  });
  (client as unknown as Tuned).http.maxBadNonceRetries = BAD_NONCES_MAX;
  await client.createAccount({
    termsOfServiceAgreed: true,
    ...(email === undefined ? {} : { contact: [`mailto:${email}`] }),
  });
  return client;
}
