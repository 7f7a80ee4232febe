import { isIP } from "node:net";

/** isLocalName is true of a Host that can only be this machine's, or an address. An attacker can resolve any other name to loopback. */
export function isLocalName(host: string | undefined): boolean {
  const name = (host ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0;
}
