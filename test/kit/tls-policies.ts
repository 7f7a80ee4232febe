import { readFileSync } from "node:fs";
import { openAuthority } from "@tollgate/certificates";
import type { Gateway } from "./gateway.ts";
import { applied } from "./mock-api.ts";
import { inRandomOrder } from "./seeded.ts";
import {
  type Handshake,
  type HandshakeOutcome,
  TLS_CLIENTS,
  type TlsClient,
  type TlsServer,
} from "./tls-clients.ts";
import {
  type CertificateKey,
  SUITES,
  suitesOf,
  TLS_VERSIONS,
  type TlsSuite,
  type TlsVersion,
} from "./tls-suites.ts";

/** PolicyRow is what clients get from a domain with a security policy. */
interface PolicyRow {
  readonly versions: readonly TlsVersion[];
  readonly suites: readonly TlsSuite[];
  readonly endpoint: "REGIONAL" | "EDGE";
}

const OF_1_3 = ["TLSv1.3"] as const;
const FROM_1_2 = ["TLSv1.2", "TLSv1.3"] as const;
const { aes, chacha13, gcm, chacha, cbc, rsa, sha1 } = SUITES;
const ALL_13 = [...aes, ...chacha13];
const WIDE = [...gcm, ...cbc, ...rsa];
const row = (
  versions: readonly TlsVersion[],
  suites: readonly TlsSuite[],
  endpoint: PolicyRow["endpoint"] = "REGIONAL",
): PolicyRow => ({ versions, suites, endpoint });

/** By AWS's names (AWS: supported security policies); "none" is a domain without one. */
export const POLICY_ROWS: Readonly<Record<string, PolicyRow>> = {
  none: row(FROM_1_2, [...ALL_13, ...WIDE]),
  TLS_1_0: row(TLS_VERSIONS, [...ALL_13, ...WIDE, ...sha1]),
  TLS_1_2: row(FROM_1_2, [...ALL_13, ...WIDE]),
  SecurityPolicy_TLS13_1_3_2025_09: row(OF_1_3, ALL_13),
  SecurityPolicy_TLS13_1_3_FIPS_2025_09: row(OF_1_3, aes),
  SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09: row(FROM_1_2, [...ALL_13, ...gcm]),
  SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09: row(FROM_1_2, [...aes, ...gcm]),
  SecurityPolicy_TLS13_1_2_PQ_2025_09: row(FROM_1_2, [...ALL_13, ...WIDE]),
  SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09: row(FROM_1_2, [...aes, ...WIDE]),
  SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09: row(FROM_1_2, [...ALL_13, ...WIDE]),
  SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09: row(FROM_1_2, [...aes, ...WIDE]),
  SecurityPolicy_TLS13_1_2_2021_06: row(FROM_1_2, [...ALL_13, ...WIDE]),
  SecurityPolicy_TLS13_2025_EDGE: row(OF_1_3, ALL_13, "EDGE"),
  SecurityPolicy_TLS12_PFS_2025_EDGE: row(FROM_1_2, [...ALL_13, ...gcm, ...chacha], "EDGE"),
  SecurityPolicy_TLS12_2018_EDGE: row(FROM_1_2, [...ALL_13, ...WIDE], "EDGE"),
};

/** PolicyCase is a client's handshake with a domain, and what must come of it. */
export interface PolicyCase {
  readonly client: TlsClient;
  readonly policy: string;
  readonly handshake: Handshake;
  /** Names of the suites of which one is agreed on; none: the alert that ends it. */
  readonly allowed: readonly string[];
  readonly alert: "protocol_version" | "handshake_failure" | undefined;
}

const KEYS = ["rsa", "ecdsa"] as const;
const hostOf = (policy: string, key: CertificateKey) =>
  `${policy.toLowerCase().replaceAll("_", "-")}.${key}.example.com`;

/** Each suite of a version by itself, and all of them together. */
const offersOf = (version: TlsVersion, key: CertificateKey): readonly (readonly TlsSuite[])[] => {
  const all = suitesOf(version, key);
  return [all, ...all.map((suite) => [suite])];
};

function casesOf(client: TlsClient, policy: string, key: CertificateKey): readonly PolicyCase[] {
  const { versions, suites } = POLICY_ROWS[policy] as PolicyRow;
  return TLS_VERSIONS.flatMap((version) =>
    offersOf(version, key)
      .filter((offered) => version !== "TLSv1.3" || client.choosesOf13 || offered.length > 1)
      .map((offered): PolicyCase => {
        const isVersion = versions.includes(version);
        const allowed = isVersion ? offered.filter((suite) => suites.includes(suite)) : [];
        return {
          client,
          policy,
          handshake: { host: hostOf(policy, key), version, suites: offered },
          allowed: allowed.map(({ name }) => name),
          alert: allowed.length > 0 ? undefined : isVersion ? "handshake_failure" : "protocol_version",
        };
      }),
  );
}

/** policyCases are all clients, policies, keys of certificates, versions and suites. */
export const policyCases = (): readonly PolicyCase[] =>
  TLS_CLIENTS.flatMap((client) =>
    Object.keys(POLICY_ROWS).flatMap((policy) => KEYS.flatMap((key) => casesOf(client, policy, key))),
  );

/** someOf are cases of each client and policy: one that is served, and one of each alert that there is. */
export const someOf = (cases: readonly PolicyCase[], random: () => number): readonly PolicyCase[] => {
  const kinds = Map.groupBy(
    inRandomOrder(cases, random),
    ({ client, policy, alert }) => `${client.name} ${policy} ${alert}`,
  );
  return [...kinds.values()].flatMap(([first]) => (first ? [first] : []));
};

/** servePolicies makes a domain for each policy and key at a gateway, and returns where clients find them. */
export async function servePolicies(gateway: Gateway, folder: string): Promise<TlsServer> {
  const authority = await openAuthority(folder);
  const certificates = await Promise.all(
    KEYS.map(async (key) => {
      const { certificate, privateKey } = await authority.issue({
        names: [`*.${key}.example.com`],
        validMs: 24 * 60 * 60 * 1000,
        keyType: key === "rsa" ? "RSA_2048" : "EC_prime256v1",
      });
      const spec = { certificate, privateKey, certificateChain: readFileSync(authority.file, "utf8") };
      return { kind: "Certificate", id: key, spec };
    }),
  );
  const domains = Object.entries(POLICY_ROWS).flatMap(([policy, { endpoint }]) =>
    KEYS.map((key) => ({
      kind: "DomainName",
      id: hostOf(policy, key),
      spec: {
        endpointConfiguration: { types: [endpoint] },
        ...(endpoint === "EDGE" ? { certificateArn: key } : { regionalCertificateArn: key }),
        ...(policy === "none" ? {} : { securityPolicy: policy }),
        ...(policy.startsWith("SecurityPolicy_") ? { endpointAccessMode: "BASIC" } : {}),
      },
    })),
  );
  await gateway.apply([...certificates, ...domains]);
  await applied(gateway);
  return { port: gateway.httpsPort as number, authorityFile: authority.file };
}

/** differenceOf says how an outcome is not what a case wants; undefined: it is. */
export function differenceOf(one: PolicyCase, outcome: HandshakeOutcome): string | undefined {
  const { version } = one.handshake;
  if (one.alert !== undefined) {
    if ("failed" in outcome && outcome.failed === one.alert) return undefined;
    return `is ${JSON.stringify(outcome)}, but the alert ${one.alert} must end it`;
  }
  if (!("failed" in outcome) && outcome.version === version && one.allowed.includes(outcome.suite))
    return undefined;
  return `is ${JSON.stringify(outcome)}, but ${version} with ${one.allowed.join(" or ")} must be agreed on`;
}

export const titleOf = ({ client, policy, handshake: { host, version, suites } }: PolicyCase): string =>
  `${client.name}, ${policy} (${host.split(".")[1]}): ${version} with ${suites.length === 1 ? suites[0]?.name : "all suites"}`;

/** comparePolicies makes the handshakes of cases, and returns how each is not what it must be. */
export async function comparePolicies(
  server: TlsServer,
  cases: readonly PolicyCase[],
): Promise<readonly { readonly one: PolicyCase; readonly difference: string | undefined }[]> {
  const compared = [];
  for (const [client, own] of Map.groupBy(cases, (one) => one.client)) {
    const outcomes = await client.shake(
      server,
      own.map(({ handshake }) => handshake),
    );
    if (outcomes.length !== own.length)
      throw new Error(`${client.name} made ${outcomes.length} of ${own.length} handshakes`);
    for (const [i, one] of own.entries())
      compared.push({ one, difference: differenceOf(one, outcomes[i] as HandshakeOutcome) });
  }
  return compared;
}
