import type { SecureVersion } from "node:tls";

const TLS13_SUITES = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
const GCM =
  "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
const CHACHA = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
const CBC_SHA2 =
  "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256";
const RSA_SHA2 = "AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA256:AES128-SHA256";
const WIDE = `${GCM}:${CBC_SHA2}:${RSA_SHA2}`;

/** SecurityPolicy is what a domain asks of the connections of its clients (AWS: security policies of custom domains). */
export interface SecurityPolicy {
  readonly minVersion: SecureVersion;
  /** Suites of TLS 1.2. */
  readonly suites: ReadonlySet<string>;
  /** Of TLS 1.3; all clients have one of them. */
  readonly isFips: boolean;
}

const policy = (minVersion: SecureVersion, suites: string, isFips = false): SecurityPolicy => ({
  minVersion,
  suites: new Set(suites.split(":")),
  isFips,
});

/** By AWS's names. TLS 1.0 and 1.1 are not served under any (RFC 8996). */
const POLICIES: Readonly<Record<string, SecurityPolicy>> = {
  TLS_1_0: policy("TLSv1.2", WIDE),
  TLS_1_2: policy("TLSv1.2", WIDE),
  SecurityPolicy_TLS13_1_3_2025_09: policy("TLSv1.3", GCM),
  SecurityPolicy_TLS13_1_3_FIPS_2025_09: policy("TLSv1.3", GCM, true),
  SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09: policy("TLSv1.2", GCM),
  SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09: policy("TLSv1.2", GCM, true),
  SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09: policy("TLSv1.2", WIDE, true),
  SecurityPolicy_TLS13_1_2_PQ_2025_09: policy("TLSv1.2", WIDE),
  SecurityPolicy_TLS13_1_2_2021_06: policy("TLSv1.2", WIDE),
  SecurityPolicy_TLS13_2025_EDGE: policy("TLSv1.3", GCM),
  SecurityPolicy_TLS12_PFS_2025_EDGE: policy("TLSv1.2", `${GCM}:${CHACHA}`),
  SecurityPolicy_TLS12_2018_EDGE: policy("TLSv1.2", WIDE),
};

const DEFAULT = POLICIES.TLS_1_2 as SecurityPolicy;

/** securityPolicyOf is the policy of a name; a name that is not known gets the strictest that all clients of today can meet. */
export const securityPolicyOf = (name: string | undefined): SecurityPolicy =>
  name === undefined ? DEFAULT : (POLICIES[name] ?? policy("TLSv1.3", GCM));

/** Suites of a port, the best first: OpenSSL chooses among them, whatever the context of the domain says. */
export const SUITES = `${TLS13_SUITES}:${GCM}:${CHACHA}:${CBC_SHA2}:${RSA_SHA2}`;

/** hasVersion says whether a handshake that is on its way has a version that a policy allows: Node gives all domains of a port the lowest one. */
export const hasVersion = ({ minVersion }: SecurityPolicy, version: string | null): boolean =>
  minVersion !== "TLSv1.3" || version === "TLSv1.3";

/** hasSuite says whether a handshake that is over chose a suite that a policy allows. */
export const hasSuite = ({ suites, isFips }: SecurityPolicy, suite: string): boolean =>
  suite.startsWith("TLS_") ? !(isFips && suite.includes("CHACHA20")) : suites.has(suite);
