import { describe, expect, it } from "vitest";
import { createEgressPolicy, parseRules } from "./policy.ts";

const problem = (rules: string, address: string, host = address, port = 80) =>
  createEgressPolicy({ rules, ownPorts: [9101], ownHosts: ["control"] }).problemOf({ host, address, port }, [
    "10.9.9.9",
  ]);

describe("where integrations may go", () => {
  it("by default: not to this machine, its network segment, metadata or the product itself; private networks are allowed", () => {
    for (const address of [
      "127.0.0.1",
      "::1",
      "0.0.0.0",
      "169.254.1.1",
      "169.254.169.254",
      "fd00:ec2::254",
      "224.0.0.1",
    ])
      expect(problem("", address)).toMatch(/denied unless TOLLGATE_EGRESS allows/);
    for (const address of ["10.0.0.1", "192.168.1.1", "fd12::1", "93.184.216.34"])
      expect(problem("", address)).toBeUndefined();
  });

  it.each([
    { rules: "allow loopback", address: "127.0.0.1", allowed: true },
    { rules: "allow loopback", address: "::ffff:127.0.0.1", allowed: true },
    { rules: "allow loopback", address: "169.254.169.254", allowed: false },
    { rules: "allow 127.0.0.2", address: "127.0.0.2", allowed: true },
    { rules: "allow 127.0.0.2", address: "127.0.0.1", allowed: false },
    { rules: "deny private", address: "10.0.0.1", allowed: false },
    { rules: "allow 10.1.0.0/16, deny private", address: "10.1.2.3", allowed: true },
    { rules: "allow 10.1.0.0/16, deny private", address: "10.2.2.3", allowed: false },
    { rules: "deny private, allow 10.1.0.0/16", address: "10.1.2.3", allowed: false },
    { rules: "deny 10.0.0.0/8", address: "64:ff9b::10.0.0.1", allowed: false },
    {
      rules: "allow *.example.com, deny any",
      address: "93.184.216.34",
      host: "api.example.com",
      allowed: true,
    },
    {
      rules: "allow *.example.com, deny any",
      address: "93.184.216.34",
      host: "API.Example.COM.",
      allowed: true,
    },
    { rules: "allow *.example.com, deny any", address: "93.184.216.34", host: "example.com", allowed: false },
    {
      rules: "allow *.example.com, deny any",
      address: "93.184.216.34",
      host: "example.com.evil",
      allowed: false,
    },
    { rules: "allow local.test", address: "127.0.0.1", host: "local.test", allowed: true },
    { rules: "deny api.internal", address: "10.0.0.1", host: "api.internal", allowed: false },
    { rules: "DENY Any", address: "93.184.216.34", allowed: false },
  ])("$rules: $address ($host) allowed: $allowed", ({ rules, address, host, allowed }) => {
    expect(problem(rules, address, host) === undefined).toBe(allowed);
  });

  it("never to the product's own ports, on this machine and where its other parts are", () => {
    expect(problem("allow any", "127.0.0.1", "localhost", 9101)).toMatch(/part of Tollgate/);
    expect(problem("allow any", "10.9.9.9", "control", 9101)).toMatch(/part of Tollgate/);
    expect(problem("allow any", "127.0.0.1", "localhost", 8000)).toBeUndefined();
  });

  it("to its ports at other private addresses, which may be its pods, only where a rule names the address", () => {
    for (const rules of ["", "allow private", "allow any", "allow other", "deny 10.0.0.0/8"])
      expect(problem(rules, "10.9.9.8", "other", 9101)).toBeDefined();
    for (const rules of ["allow 10.9.9.8", "allow 10.9.9.0/24"])
      expect(problem(rules, "10.9.9.8", "other", 9101)).toBeUndefined();
    expect(problem("", "10.9.9.8", "other", 9102)).toBeUndefined();
    expect(problem("", "93.184.216.34", "other", 9101)).toBeUndefined();
    expect(problem("allow 10.9.9.9", "10.9.9.9", "control", 9101)).toMatch(/part of Tollgate/);
  });

  it.each([
    "allow",
    "loopback",
    "permit loopback",
    "allow 10.0.0.0/40",
    "allow 10.0.0",
    "deny ex*ample.com",
    "allow a b",
  ])("'%s' is refused", (rules) => {
    expect(parseRules(rules)).toMatchObject({ problem: expect.stringContaining(`'${rules}'`) });
  });
});
