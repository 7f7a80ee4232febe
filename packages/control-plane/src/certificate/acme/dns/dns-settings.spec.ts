import { describe, expect, it } from "vitest";
import { parseSettings } from "@tollgate/telemetry";
import { parseTsigKey, readDns } from "./dns-settings.ts";

const KEY = "hmac-sha256:tollgate:c2VjcmV0";
const read = (env: Record<string, string>) =>
  parseSettings(env, (reader) => {
    const { settings, problems } = readDns(reader);
    return { value: settings, problems };
  });

describe("the zone where names are proved", () => {
  it("is read with its name server, key, delay and resolvers", () => {
    const settings = read({
      TOLLGATE_ACME_DNS: "rfc2136://ns1.example.com?zone=ACME.example.com.&delay=15",
      TOLLGATE_ACME_DNS_KEY: KEY,
      TOLLGATE_ACME_DNS_RESOLVERS: "9.9.9.9,127.0.0.1:5353",
    });
    expect(settings).toMatchObject({
      host: "ns1.example.com",
      port: 53,
      zone: "acme.example.com",
      delayMs: 15_000,
      resolvers: ["9.9.9.9", "127.0.0.1:5353"],
    });
    expect(settings?.key.current()).toBe(KEY);
    const ofIpv6 = { TOLLGATE_ACME_DNS: "rfc2136://[::1]:5353?zone=acme.test", TOLLGATE_ACME_DNS_KEY: KEY };
    expect(read(ofIpv6)).toMatchObject({ host: "::1", port: 5353, delayMs: 0 });
    expect(read({})).toBeUndefined();
  });

  it("has a key as tools of DNS write it", () => {
    expect(parseTsigKey("hmac-sha512:Key.Example.:c2VjcmV0\n")).toEqual({
      algorithm: "hmac-sha512",
      name: "key.example",
      secret: Buffer.from("secret"),
    });
  });

  const server = "rfc2136://ns1.example.com:53?zone=acme.example.com";
  it.each<[string, Record<string, string>, RegExp]>([
    [
      "another scheme",
      { TOLLGATE_ACME_DNS: "https://ns1?zone=a" },
      /not the address of a name server with a zone/,
    ],
    ["no zone", { TOLLGATE_ACME_DNS: "rfc2136://ns1" }, /not the address of a name server with a zone/],
    [
      "a zone that is none",
      { TOLLGATE_ACME_DNS: "rfc2136://ns1?zone=-a" },
      /names the zone '-a', which is not a domain/,
    ],
    [
      "a parameter that is not known",
      { TOLLGATE_ACME_DNS: `${server}&ttl=1` },
      /has the parameter 'ttl', which is not known/,
    ],
    ["a delay that is too long", { TOLLGATE_ACME_DNS: `${server}&delay=601` }, /has the delay '601'/],
    ["a key without a name", { TOLLGATE_ACME_DNS_KEY: "c2VjcmV0" }, /must be hmac-sha256:\{name\}/],
    ["a key of MD5", { TOLLGATE_ACME_DNS_KEY: "hmac-md5:tollgate:c2VjcmV0" }, /must be hmac-sha256:\{name\}/],
    ["no key", { TOLLGATE_ACME_DNS_KEY: "" }, /TOLLGATE_ACME_DNS_KEY.* is not set/],
    [
      "a resolver with a name",
      { TOLLGATE_ACME_DNS_RESOLVERS: "dns.example.com" },
      /'dns\.example\.com' must be an address/,
    ],
    ["no name server", { TOLLGATE_ACME_DNS: "" }, /is set without TOLLGATE_ACME_DNS/],
  ])("is refused with %s", (_what, wrong, message) => {
    expect(() => read({ TOLLGATE_ACME_DNS: server, TOLLGATE_ACME_DNS_KEY: KEY, ...wrong })).toThrow(message);
  });
});
