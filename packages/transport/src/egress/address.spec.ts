import { describe, expect, it } from "vitest";
import { formsOf, groupOf, setOf } from "./address.ts";

describe("addresses within addresses", () => {
  it.each([
    { what: "IPv4", address: "127.0.0.1", inner: "127.0.0.1" },
    { what: "mapped", address: "::ffff:127.0.0.1", inner: "127.0.0.1" },
    { what: "mapped, in hex", address: "::ffff:7f00:1", inner: "127.0.0.1" },
    { what: "mapped, written out", address: "0:0:0:0:0:ffff:a9fe:a9fe", inner: "169.254.169.254" },
    { what: "translated", address: "::ffff:0:127.0.0.1", inner: "127.0.0.1" },
    { what: "compatible", address: "::127.0.0.1", inner: "127.0.0.1" },
    { what: "NAT64", address: "64:ff9b::169.254.169.254", inner: "169.254.169.254" },
    { what: "NAT64 of a network's own", address: "64:ff9b:1::7f00:1", inner: "127.0.0.1" },
    { what: "6to4", address: "2002:7f00:1::", inner: "127.0.0.1" },
    { what: "Teredo's server", address: "2001:0:7f00:1::", inner: "127.0.0.1" },
    { what: "Teredo's client", address: "2001:0:1:1:0:0:80ff:fffe", inner: "127.0.0.1" },
    { what: "ISATAP", address: "2001:db8::5efe:7f00:1", inner: "127.0.0.1" },
    { what: "ISATAP, link-local", address: "fe80::200:5efe:a9fe:a9fe", inner: "169.254.169.254" },
  ])("$what: $address has $inner", ({ address, inner }) => {
    expect(formsOf(address)).toContain(inner);
  });

  it("others have none, and a zone is no part of an address", () => {
    expect(formsOf("2001:db8::7f00:1")).toEqual(["2001:db8::7f00:1"]);
    expect(formsOf("fe80::1%eth0")).toEqual(["fe80::1"]);
  });
});

describe("groups", () => {
  it.each([
    ["loopback", ["127.0.0.1", "127.255.0.1", "::1"]],
    ["unspecified", ["0.0.0.0", "0.1.2.3", "::"]],
    ["link-local", ["169.254.0.1", "fe80::1", "febf::1"]],
    ["metadata", ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200"]],
    ["private", ["10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "fd12::1"]],
    ["multicast", ["224.0.0.1", "255.255.255.255", "ff02::1"]],
  ] as const)("%s", (name, members) => {
    expect(members.filter((member) => !groupOf(name).has(member))).toEqual([]);
    expect(
      ["93.184.216.34", "172.32.0.1", "2606:2800:220::1"].filter((one) => groupOf(name).has(one)),
    ).toEqual([]);
  });

  it("ranges that are none are not taken", () => {
    for (const range of ["10.0.0.0/33", "10.0.0", "::1/129", "fe80::1%eth0", "example.com", ""])
      expect(setOf([range])).toBeUndefined();
  });
});
