import { facts } from "./facts.ts";
import type { Fact } from "./problem.ts";
import type { EndpointConfiguration } from "./rest-api/endpoint-configuration.ts";

/** The least version of TLS that a policy lets clients use, as OpenSSL names it. */
type TlsVersion = "TLSv1" | "TLSv1.2" | "TLSv1.3";

/** SecurityPolicyRule is what a security policy asks of the connections of clients (AWS: supported security policies). */
export interface SecurityPolicyRule {
  readonly minVersion: TlsVersion;
  /** Suites up to TLS 1.2: ECDHE with GCM, the same and ChaCha20, also those with CBC and SHA-2 and without forward secrecy, or also those with SHA-1. */
  readonly suites: "gcm" | "gcm-chacha" | "wide" | "legacy";
  /** Of TLS 1.3, the suites with AES only. */
  readonly isFips: boolean;
  /** Endpoint types that may have it; undefined: all. */
  readonly endpoints: readonly string[] | undefined;
}

const REGION = ["REGIONAL", "PRIVATE"];
const EDGE = ["EDGE"];

const rule = (
  minVersion: TlsVersion,
  suites: SecurityPolicyRule["suites"],
  endpoints?: readonly string[],
  isFips = false,
): SecurityPolicyRule => ({ minVersion, suites, endpoints, isFips });

/** By AWS's names, in the order in which AWS lists them. */
export const SECURITY_POLICIES: Readonly<Record<string, SecurityPolicyRule>> = {
  TLS_1_0: rule("TLSv1", "legacy", ["EDGE", "REGIONAL"]),
  TLS_1_2: rule("TLSv1.2", "wide"),
  SecurityPolicy_TLS13_1_3_2025_09: rule("TLSv1.3", "gcm", REGION),
  SecurityPolicy_TLS13_1_3_FIPS_2025_09: rule("TLSv1.3", "gcm", REGION, true),
  SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09: rule("TLSv1.2", "gcm", REGION),
  SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09: rule("TLSv1.2", "wide", REGION, true),
  SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09: rule("TLSv1.2", "gcm", REGION, true),
  SecurityPolicy_TLS13_1_2_PQ_2025_09: rule("TLSv1.2", "wide", REGION),
  SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09: rule("TLSv1.2", "wide", REGION),
  SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09: rule("TLSv1.2", "wide", REGION, true),
  SecurityPolicy_TLS13_1_2_2021_06: rule("TLSv1.2", "wide", REGION),
  SecurityPolicy_TLS13_2025_EDGE: rule("TLSv1.3", "gcm", EDGE),
  SecurityPolicy_TLS12_PFS_2025_EDGE: rule("TLSv1.2", "gcm-chacha", EDGE),
  SecurityPolicy_TLS12_2018_EDGE: rule("TLSv1.2", "wide", EDGE),
};

/** A name that is not known gets the strictest that all clients of today can meet. */
const UNKNOWN = rule("TLSv1.3", "gcm");

/** securityPolicyRule is the policy of a name; undefined: the default, TLS_1_2. */
export const securityPolicyRule = (name = "TLS_1_2"): SecurityPolicyRule =>
  Object.hasOwn(SECURITY_POLICIES, name) ? (SECURITY_POLICIES[name] ?? UNKNOWN) : UNKNOWN;

/** isEnhanced says whether a policy is one of those that need an endpoint access mode. */
export const isEnhanced = (name: string | undefined): boolean => name?.startsWith("SecurityPolicy_") === true;

/** Secured is what an API and a domain say of the connections of their clients. */
export interface Secured {
  readonly securityPolicy?: string | undefined;
  readonly endpointAccessMode?: string | undefined;
  readonly endpointConfiguration: EndpointConfiguration;
}

/** securityFacts is what keeps a policy from being that of an API or a domain (AWS: security policies), each with its member. */
export function securityFacts({
  securityPolicy: name,
  endpointAccessMode,
  endpointConfiguration: { types },
}: Secured): readonly { readonly member: string; readonly fact: Fact }[] {
  if (name === undefined) return [];
  if (!Object.hasOwn(SECURITY_POLICIES, name)) {
    const known = Object.keys(SECURITY_POLICIES).join(", ");
    return [{ member: "securityPolicy", fact: facts.SECURITY_POLICY_UNKNOWN({ name, known }) }];
  }
  const { endpoints } = securityPolicyRule(name);
  const [type = ""] = types;
  return [
    ...(endpoints && !endpoints.includes(type)
      ? [
          {
            member: "securityPolicy",
            fact: facts.SECURITY_POLICY_OF_OTHERS({ name, type, endpoints: endpoints.join(", ") }),
          },
        ]
      : []),
    ...(isEnhanced(name) && endpointAccessMode === undefined
      ? [{ member: "endpointAccessMode", fact: facts.ACCESS_MODE_REQUIRED() }]
      : []),
  ];
}
