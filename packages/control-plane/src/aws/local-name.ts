import { isIP } from "node:net";

/** isLocalName tells a Host that can only be this machine's, or an address: no name that an attacker lets point to loopback. */
export function isLocalName(host: string | undefined): boolean {
  const name = (host ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0;
}
