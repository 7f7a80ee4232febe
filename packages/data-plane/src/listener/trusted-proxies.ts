import { isIP } from "node:net";
import type { CallerOf } from "@tollgate/pipeline";
import { AddressRanges, isAddressRange } from "@tollgate/pipeline/node";
import type { SettingsProblem } from "@tollgate/telemetry";
import { plainAddress } from "./peer.ts";
import type { Callers } from "./received-call.ts";

/** TrustedProxies is who in front of a node may say who called, in X-Forwarded-For. Plain data: workers get it from their node. */
export type TrustedProxies =
  /** So many proxies, one behind the other, are in front of every call. */
  | { readonly hops: number }
  /** Proxies have addresses of these networks. */
  | { readonly networks: readonly string[] };

const NAME = "TOLLGATE_TRUSTED_PROXIES";
const HOPS = /^\d{1,2}$/;

/** readTrustedProxies reads TOLLGATE_TRUSTED_PROXIES: a number of hops, or a list of addresses and networks; undefined: nobody is trusted. */
export function readTrustedProxies(value: string | undefined): {
  readonly trusted: TrustedProxies | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const parts = (value ?? "").split(",").flatMap((part) => part.trim() || []);
  const [first = ""] = parts;
  if (parts.length === 0 || (parts.length === 1 && /^0+$/.test(first)))
    return { trusted: undefined, problems: [] };
  if (parts.length === 1 && HOPS.test(first)) return { trusted: { hops: Number(first) }, problems: [] };
  const wrong = parts.filter((part) => !isAddressRange(part));
  const problems = wrong.map((part) => ({
    name: NAME,
    message: `'${part}' must be an address or a network such as 10.0.0.0/8, several separated by commas, or alone a number of proxies from 0 to 99`,
  }));
  return { trusted: { networks: parts }, problems };
}

/** readProxyNetworks reads a setting: the networks of proxies that begin each connection with a header of the PROXY protocol; undefined: there are none. */
export function readProxyNetworks(
  name: string,
  parts: readonly string[],
): {
  readonly networks: readonly string[] | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const problems = parts
    .filter((part) => !isAddressRange(part))
    .map((part) => ({
      name,
      message: `'${part}' must be an address or a network such as 10.0.0.0/8, several separated by commas: the proxies that send the header`,
    }));
  return { networks: parts.length === 0 ? undefined : parts, problems };
}

/** An element of X-Forwarded-For as an address, without a port or brackets; undefined: it is none. */
function addressOf(element: string | undefined): string | undefined {
  const text = element?.trim().toLowerCase() ?? "";
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? [];
  const [, withPort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? [];
  const address = plainAddress(bracketed ?? withPort ?? text);
  return isIP(address) === 0 || address.includes("%") ? undefined : address;
}

/** The element that the outermost of the proxies added. Who comes past them cannot name an address. */
const behindHops =
  (hops: number): CallerOf =>
  (peerIp, forwardedFor) =>
    addressOf(forwardedFor.split(",").at(-hops)) ?? peerIp;

/** The last address that is no proxy's: each proxy is believed as far as what it added. */
const behindNetworks =
  (proxies: AddressRanges): CallerOf =>
  (peerIp, forwardedFor) => {
    let caller = peerIp;
    if (!proxies.has(caller)) return caller;
    for (const element of forwardedFor.split(",").toReversed()) {
      const before = addressOf(element);
      if (before === undefined) break;
      caller = before;
      if (!proxies.has(caller)) break;
    }
    return caller;
  };

/** callerBehind finds callers behind trusted proxies; undefined: whoever has the connection calls. */
export function callerBehind(trusted: TrustedProxies | undefined): CallerOf | undefined {
  if (trusted === undefined) return undefined;
  if ("hops" in trusted) return behindHops(trusted.hops);
  return behindNetworks(new AddressRanges(trusted.networks));
}

/**
 * callersBehind says who calls behind trusted proxies. Proxies that are counted are in front of public ports: who comes from a private network could name
 * anybody.
 */
export const callersBehind = (trusted: TrustedProxies | undefined): Callers => ({
  callerOf: callerBehind(trusted),
  privateCallerOf: trusted && "hops" in trusted ? undefined : callerBehind(trusted),
});
