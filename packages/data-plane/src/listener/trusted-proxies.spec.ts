import { describe, expect, it } from "vitest";
import { callerBehind, readProxyNetworks, readTrustedProxies } from "./trusted-proxies.ts";

const PEER = "10.0.0.9";

/** Who calls over a connection of 10.0.0.9. */
function caller(setting: string | undefined, forwardedFor: string, peer = PEER): string {
  const { trusted, problems } = readTrustedProxies(setting);
  expect(problems).toEqual([]);
  return callerBehind(trusted)?.(peer, forwardedFor) ?? peer;
}

describe("the address of a caller", () => {
  it.each([
    ["nobody is trusted", undefined, "192.0.2.7", PEER],
    ["no proxy is trusted", "0", "192.0.2.7", PEER],
    ["the one proxy says so", "1", "192.0.2.7", "192.0.2.7"],
    ["the proxy added it to what the client made up", "1", "6.6.6.6, 192.0.2.7", "192.0.2.7"],
    ["the outer of two proxies says so", "2", "6.6.6.6,192.0.2.7,10.0.0.8", "192.0.2.7"],
    ["a client came past one of two proxies", "2", "6.6.6.6", PEER],
    ["there is no list", "1", "", PEER],
    ["the element is no address", "1", "unknown", PEER],
    ["the element is empty", "1", "192.0.2.7,", PEER],
    ["it has a port", "1", "192.0.2.7:4711", "192.0.2.7"],
    ["it is of IPv6", "1", "2001:DB8::7", "2001:db8::7"],
    ["it is of IPv6, with a port", "1", "[2001:db8::7]:4711", "2001:db8::7"],
    ["it is of IPv4, mapped into IPv6", "1", "::ffff:192.0.2.7", "192.0.2.7"],
    ["it names an interface of the proxy", "1", "fe80::7%eth0", PEER],
    ["the peer is of a trusted network", "10.0.0.0/8", "6.6.6.6, 192.0.2.7", "192.0.2.7"],
    ["proxies of two networks", "10.0.0.0/8, 2001:db8::/32", "6.6.6.6,192.0.2.7,2001:db8::1", "192.0.2.7"],
    ["all are of the network", "10.0.0.0/8", "10.0.0.7,10.0.0.8", "10.0.0.7"],
    ["what a proxy added is no address", "10.0.0.0/8", "6.6.6.6,_hidden,10.0.0.8", "10.0.0.8"],
    ["a single address is trusted", "10.0.0.9", "192.0.2.7", "192.0.2.7"],
  ])("where %s", (_what, setting, forwardedFor, wanted) => {
    expect(caller(setting, forwardedFor)).toBe(wanted);
  });

  it("is the other end's, where that is of no trusted network", () => {
    expect(caller("10.0.0.0/8", "10.0.0.7", "192.0.2.1")).toBe("192.0.2.1");
  });
});

describe("TOLLGATE_TRUSTED_PROXIES", () => {
  it.each(["proxy.example", "10.0.0.0/33", "1,2", "-1", "100", "10.0.0.0/8, fe80::1%eth0"])(
    "%s is reported",
    (value) => {
      expect(readTrustedProxies(value).problems[0]?.message).toMatch(/must be an address or a network/);
    },
  );
});

it("TOLLGATE_PROXY_PROTOCOL is a list of networks; what is none is reported", () => {
  expect(readProxyNetworks("TOLLGATE_PROXY_PROTOCOL", [])).toEqual({ networks: undefined, problems: [] });
  expect(readProxyNetworks("TOLLGATE_PROXY_PROTOCOL", ["10.0.0.0/8", "::1"]).networks).toEqual([
    "10.0.0.0/8",
    "::1",
  ]);
  for (const wrong of ["1", "lb.example", "10.0.0.0/40", "*"])
    expect(readProxyNetworks("TOLLGATE_PROXY_PROTOCOL", [wrong]).problems[0]?.message).toMatch(
      /must be an address or a network/,
    );
});
