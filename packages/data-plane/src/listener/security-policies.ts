import type { SecureVersion } from "node:tls";
import { type SecurityPolicyRule, securityPolicyRule } from "@tollgate/config/runtime";

const AES = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256";
const TLS13_SUITES = `${AES}:TLS_CHACHA20_POLY1305_SHA256`;
const GCM =
  "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
const CHACHA = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
const CBC_SHA2 =
  "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256";
const RSA_SHA2 = "AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA256:AES128-SHA256";
const WIDE = `${GCM}:${CBC_SHA2}:${RSA_SHA2}`;
/** TLS 1.0 and 1.1 have no others. OpenSSL takes their signatures, of MD5 and SHA-1, at the level 0 only. Node's OpenSSL is built without 3DES. */
const SHA1 =
  "ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:AES256-SHA:AES128-SHA";
const LEGACY = `${WIDE}:${SHA1}:@SECLEVEL=0`;

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

const SUITES: Readonly<Record<SecurityPolicyRule["suites"], string>> = {
  gcm: GCM,
  "gcm-chacha": `${GCM}:${CHACHA}`,
  wide: WIDE,
  legacy: LEGACY,
};

/** securityPolicyOf is the policy of a name. */
export function securityPolicyOf(name: string | undefined): SecurityPolicy {
  const { minVersion, suites, isFips } = securityPolicyRule(name);
  return policy(minVersion, SUITES[suites], isFips);
}

/** NODE_POLICY is that of names that are no domains. Versions before TLS 1.2 are broken, and no client of today needs them (RFC 8996). */
export const NODE_POLICY = policy("TLSv1.2", `${GCM}:${CHACHA}:${CBC_SHA2}:${RSA_SHA2}`);
