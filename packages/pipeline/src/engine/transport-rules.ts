import { type SecurityPolicyRule, securityPolicyRule } from "@tollgate/config/runtime";
import type { Call } from "../call/call.ts";
import { hostName } from "./host-name.ts";

/** TransportRule is what an API asks of the connections that its calls come on. */
export interface TransportRule {
  readonly minVersion: SecurityPolicyRule["minVersion"];
  /** Of TLS 1.2; all of TLS 1.3 are taken. */
  readonly suites: SecurityPolicyRule["suites"];
  readonly isFips: boolean;
  /** The name that a client asked for in its handshake must be the Host of its calls. */
  readonly isStrict: boolean;
}

/** Of an API that asks for no version: what its calls come by is for their domain to decide. */
const ANY = { minVersion: "TLSv1", suites: "legacy", isFips: false } as const;

/** transportRuleOf reads what an API asks for; undefined: nothing that each connection has not anyway. */
export function transportRuleOf(api: {
  readonly securityPolicy?: string | undefined;
  readonly endpointAccessMode?: string | undefined;
}): TransportRule | undefined {
  const isStrict = api.endpointAccessMode === "STRICT";
  const { minVersion, suites, isFips } =
    api.securityPolicy === undefined ? ANY : securityPolicyRule(api.securityPolicy);
  return minVersion === "TLSv1" && !isStrict ? undefined : { minVersion, suites, isFips, isStrict };
}

/** isStrictlyNamed says whether a client asked for the Host of a call in its handshake (AWS: endpoint access mode STRICT). */
export const isStrictlyNamed = ({ tls, host }: Call): boolean =>
  tls !== undefined && tls.serverName === hostName(host);

/** Suites of TLS 1.2 with ephemeral keys, by their standard names. */
const SUITES: Readonly<Record<SecurityPolicyRule["suites"], RegExp>> = {
  gcm: /^TLS_ECDHE_\w+_GCM_/,
  "gcm-chacha": /^TLS_ECDHE_\w+_(?:GCM|CHACHA20)_/,
  wide: /_SHA(?:256|384)$/,
  legacy: /^/,
};

/**
 * meets says whether a call came on a connection that its API takes. What came without TLS meets all but STRICT: whoever serves it has
 * ended TLS in front of the node.
 */
export function meets({ minVersion, suites, isFips, isStrict }: TransportRule, call: Call): boolean {
  if (isStrict && !isStrictlyNamed(call)) return false;
  const { tls } = call;
  if (!tls) return true;
  const { version, cipherSuite } = tls;
  if (isFips && cipherSuite.includes("CHACHA20")) return false;
  if (version === "TLSv1.3") return true;
  if (minVersion === "TLSv1") return true;
  return version === "TLSv1.2" && minVersion === "TLSv1.2" && SUITES[suites].test(cipherSuite);
}
