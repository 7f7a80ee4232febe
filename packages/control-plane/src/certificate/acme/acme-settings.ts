import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { CHALLENGE_TYPES, type ChallengeType } from "@tollgate/config";
import { type Read, readSecret, type Secret, type SettingsProblem, setting } from "@tollgate/telemetry";
import { type DnsSettings, readDns } from "./dns/dns-settings.ts";

/** AcmeSettings are the authority that certificates are ordered from (RFC 8555). Setting it agrees to its terms of service. */
export interface AcmeSettings {
  readonly directoryUrl: string;
  /** Where the authority writes to. */
  readonly email: string | undefined;
  /** The account that the authority knows its customer by (RFC 8555, 7.3.4). */
  readonly externalAccount: { readonly keyId: string; readonly key: Secret } | undefined;
  /** PEM file of the authorities that sign the certificate of the directory; undefined: those that Node.js knows. */
  readonly authoritiesFile: string | undefined;
  /** In the order in which they are tried. */
  readonly challengeTypes: readonly ChallengeType[];
  /** Where names are proved by DNS; undefined: they are not. */
  readonly dns: DnsSettings | undefined;
}

const BASE64_URL = /^[A-Za-z0-9_-]+=*$/;

function fileProblem(file: string): string | undefined {
  try {
    createSecureContext({ ca: readFileSync(file) });
    return undefined;
  } catch (error) {
    return `'${file}' cannot be used as certificates of authorities in PEM: ${(error as Error).message}`;
  }
}

function challengeTypesOf(given: readonly string[]): {
  readonly types: readonly ChallengeType[];
  readonly problem?: string;
} {
  if (given.length === 0) return { types: CHALLENGE_TYPES };
  const types = CHALLENGE_TYPES.filter((type) => given.includes(type));
  if (types.length === new Set(given).size && types.length === given.length)
    return { types: types.toSorted((a, b) => given.indexOf(a) - given.indexOf(b)) };
  return {
    types,
    problem: `'${given.join(",")}' must be ${CHALLENGE_TYPES.join(" or ")}, or both, each once`,
  };
}

/** readAcme reads TOLLGATE_ACME_*. `settings` undefined: no authority is set. */
export function readAcme(read: Read): {
  readonly settings: AcmeSettings | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const directoryUrl = read("TOLLGATE_ACME_DIRECTORY", setting.optionalText());
  const email = read("TOLLGATE_ACME_EMAIL", setting.optionalText());
  const keyId = read("TOLLGATE_ACME_EAB_KEY_ID", setting.optionalText());
  const { secret: key, problems: keyProblems } = readSecret(read, "TOLLGATE_ACME_EAB_KEY", (text) =>
    BASE64_URL.test(text) ? undefined : "it must be the HMAC key of the authority in base64url",
  );
  const authoritiesFile = read("TOLLGATE_ACME_CA", setting.optionalText());
  const { types: challengeTypes, problem: typesProblem } = challengeTypesOf(
    read("TOLLGATE_ACME_CHALLENGES", setting.list()),
  );
  const { settings: dns, problems: dnsProblems } = readDns(read);
  const problems = [...keyProblems, ...dnsProblems];
  const report = (name: string, message: string | undefined) =>
    message !== undefined && problems.push({ name, message });
  report("TOLLGATE_ACME_CHALLENGES", typesProblem);
  if ((keyId === undefined) !== (key === undefined))
    report(
      keyId === undefined ? "TOLLGATE_ACME_EAB_KEY_ID" : "TOLLGATE_ACME_EAB_KEY",
      "is not set: TOLLGATE_ACME_EAB_KEY_ID and TOLLGATE_ACME_EAB_KEY, or its file, are set together",
    );
  if (authoritiesFile !== undefined) report("TOLLGATE_ACME_CA", fileProblem(authoritiesFile));
  if (email !== undefined && !/^[^@\s<>,]+@[^@\s<>,]+$/.test(email))
    report("TOLLGATE_ACME_EMAIL", `is '${email}', but must be an address such as operators@example.com`);
  if (directoryUrl === undefined) {
    for (const name of ["EMAIL", "EAB_KEY_ID", "CA", "CHALLENGES", "DNS"])
      if (read(`TOLLGATE_ACME_${name}`, setting.optionalText()) !== undefined)
        report(
          `TOLLGATE_ACME_${name}`,
          "is set without TOLLGATE_ACME_DIRECTORY, the authority that it is for",
        );
    return { settings: undefined, problems };
  }
  // Whoever changes what an authority replies decides where nodes prove whose they are.
  if (!URL.canParse(directoryUrl) || new URL(directoryUrl).protocol !== "https:")
    report(
      "TOLLGATE_ACME_DIRECTORY",
      `'${directoryUrl}' must be the https URL of a directory, such as https://acme-v02.api.letsencrypt.org/directory`,
    );
  const externalAccount = keyId === undefined || key === undefined ? undefined : { keyId, key };
  return {
    settings: { directoryUrl, email, externalAccount, authoritiesFile, challengeTypes, dns },
    problems,
  };
}
