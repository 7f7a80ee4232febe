import { isIP } from "node:net";

/**
 * isLocalName is true if a Host is localhost or an IP address, also with what clients of AWS put before it for some operations. An attacker can make
 * any other name resolve to loopback.
 */
export function isLocalName(host: string | undefined): boolean {
  const name = (host ?? "")
    .replace(/:\d+$/, "")
    .replace(/^stream-/, "")
    .replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0;
}
