import type { SecureVersion } from "node:tls";

const AES = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256";
const TLS13_SUITES = `${AES}:TLS_CHACHA20_POLY1305_SHA256`;
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
  /** Suites of all versions, the best first, as OpenSSL lists them. */
  readonly ciphers: string;
}

const policy = (minVersion: SecureVersion, suites: string, isFips = false): SecurityPolicy => ({
  minVersion,
  ciphers: `${isFips ? AES : TLS13_SUITES}:${suites}`,
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

/** NODE_POLICY is that of names that are no domains. Versions before TLS 1.2 are broken, and no client of today needs them (RFC 8996). */
export const NODE_POLICY = policy("TLSv1.2", `${GCM}:${CHACHA}:${CBC_SHA2}:${RSA_SHA2}`);
