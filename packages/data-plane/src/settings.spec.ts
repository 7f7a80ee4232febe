import { describe, expect, it } from "vitest";
import { readSettings } from "./settings.ts";

describe("where other nodes reach this one", () => {
  const everywhere = { TOLLGATE_PEER_BIND: "0.0.0.0" };
  const token = { TOLLGATE_TOKEN: "a-token-of-the-spec" };

  it("is refused beyond loopback while nobody is authenticated, or tokens go in the clear", () => {
    expect(() => readSettings(everywhere)).toThrow(/TOLLGATE_PEER_BIND is 0\.0\.0\.0, but callers are not/);
    expect(() => readSettings({ ...everywhere, ...token })).toThrow(
      /TOLLGATE_CLEAR_TOKENS is refuse, but TOLLGATE_PEER_BIND is 0\.0\.0\.0/,
    );
  });

  it.each([
    ["on loopback", { TOLLGATE_PEER_BIND: "127.0.0.1" }],
    ["with a token that may go in the clear", { ...everywhere, ...token, TOLLGATE_CLEAR_TOKENS: "allow" }],
    [
      "with certificates",
      { ...everywhere, TOLLGATE_TLS_CA: "ca.pem", TOLLGATE_TLS_CERT: "c.pem", TOLLGATE_TLS_KEY: "k.pem" },
    ],
  ])("is allowed %s", (_how, env) => {
    expect(readSettings(env).peer.host).toBe(env.TOLLGATE_PEER_BIND);
  });
});

describe("the name in the certificates of nodes", () => {
  it.each(["nodes.example", "release-tollgate-data-plane", "3com.example"])("may be %s", (name) => {
    expect(readSettings({ TOLLGATE_PEER_NAME: name }).peer.serverName).toBe(name);
  });

  it.each(["10.0.0.1", "[::1]", "nodes.example:7071", "*.example", "-a", "a..b"])("is not %s", (name) => {
    expect(() => readSettings({ TOLLGATE_PEER_NAME: name })).toThrow(
      `TOLLGATE_PEER_NAME '${name}' must be a host name, without a port, that the certificates of all nodes contain`,
    );
  });
});

describe("ports for private networks", () => {
  it("are none unless they are set", () => {
    expect(readSettings({}).privateEntrance).toBeUndefined();
    expect(
      readSettings({ TOLLGATE_PRIVATE_HTTPS_PORT: "8444", TOLLGATE_PRIVATE_VPC_ENDPOINT: "vpce-1a" })
        .privateEntrance,
    ).toEqual({ httpPort: undefined, httpsPort: 8444, vpcEndpointId: "vpce-1a", proxies: undefined });
  });

  it.each([
    [{ TOLLGATE_PRIVATE_VPC_ENDPOINT: "vpce-1a" }, /is set without TOLLGATE_PRIVATE_HTTPS_PORT/],
    [{ TOLLGATE_PRIVATE_PROXY_PROTOCOL: "10.0.0.0/8" }, /is set without TOLLGATE_PRIVATE_HTTPS_PORT/],
    [
      { TOLLGATE_PRIVATE_HTTP_PORT: "1", TOLLGATE_PRIVATE_VPC_ENDPOINT: "eni-1" },
      /must be the id of a VPC endpoint/,
    ],
    [
      { TOLLGATE_PRIVATE_HTTP_PORT: "1", TOLLGATE_PRIVATE_PROXY_PROTOCOL: "lb" },
      /must be an address or a network/,
    ],
    [{ TOLLGATE_PRIVATE_HTTPS_PORT: "1", TOLLGATE_HTTPS: "off" }, /TOLLGATE_HTTPS is off/],
    [{ TOLLGATE_PRIVATE_HTTPS_PORT: "x" }, /TOLLGATE_PRIVATE_HTTPS_PORT/],
  ])("are reported where %j is wrong", (env, message) => {
    expect(() => readSettings(env)).toThrow(message);
  });
});

describe("ports for calls", () => {
  it.each([
    [{ TOLLGATE_PRIVATE_HTTP_PORT: "8080" }, "TOLLGATE_PRIVATE_HTTP_PORT", "8080", "TOLLGATE_HTTP_PORT"],
    [{ TOLLGATE_PRIVATE_HTTPS_PORT: "8443" }, "TOLLGATE_PRIVATE_HTTPS_PORT", "8443", "TOLLGATE_HTTPS_PORT"],
    [{ TOLLGATE_HTTP_PORT: "8443" }, "TOLLGATE_HTTPS_PORT", "8443", "TOLLGATE_HTTP_PORT"],
    [
      { TOLLGATE_PRIVATE_HTTP_PORT: "1", TOLLGATE_PRIVATE_HTTPS_PORT: "1" },
      "TOLLGATE_PRIVATE_HTTPS_PORT",
      "1",
      "TOLLGATE_PRIVATE_HTTP_PORT",
    ],
  ])("are reported where two are one: %j", (env, name, port, other) => {
    expect(() => readSettings(env)).toThrow(
      `${name} '${port}' is the port of ${other} as well: each needs its own`,
    );
  });

  it.each([
    { TOLLGATE_HTTP_PORT: "0", TOLLGATE_HTTPS_PORT: "0", TOLLGATE_PRIVATE_HTTP_PORT: "0" },
    { TOLLGATE_HTTP: "off", TOLLGATE_PRIVATE_HTTP_PORT: "8080" },
    { TOLLGATE_HTTPS: "off", TOLLGATE_HTTP_PORT: "8443" },
  ])("may be chosen freely, or be those of a listener that is off: %j", (env) => {
    expect(() => readSettings(env)).not.toThrow();
  });
});

it("a client has no more time for a head than for a request", () => {
  const env = { TOLLGATE_CLIENT_TIMEOUT_MS: "20000", TOLLGATE_REQUEST_TIMEOUT_MS: "10000" };
  expect(() => readSettings(env)).toThrow(
    "TOLLGATE_CLIENT_TIMEOUT_MS '20000' must be at most TOLLGATE_REQUEST_TIMEOUT_MS, which is 10000",
  );
});

describe("edge nodes and their origins", () => {
  const files = { TOLLGATE_TLS_CERT: "c.pem", TOLLGATE_TLS_KEY: "k.pem", TOLLGATE_TLS_CA: "ca.pem" };

  it("an edge node has origins, and a node is one where it has a port for edge nodes", () => {
    const { edge, edgePort } = readSettings({ TOLLGATE_EDGE: "a:7072, [::1]:7072" });
    expect([edge, edgePort]).toEqual([{ origins: ["a:7072", "[::1]:7072"], connections: 4 }, undefined]);
    expect(readSettings({ TOLLGATE_EDGE_PORT: "7072" })).toMatchObject({ edge: undefined, edgePort: 7072 });
    expect(readSettings({})).toMatchObject({ edge: undefined, edgePort: undefined });
  });

  it.each([
    [{ TOLLGATE_EDGE: "a" }, /TOLLGATE_EDGE 'a' must be host:port/],
    [
      { TOLLGATE_EDGE: "a:1", TOLLGATE_EDGE_PORT: "7072" },
      /TOLLGATE_EDGE_PORT is set together with TOLLGATE_EDGE/,
    ],
    [
      { TOLLGATE_EDGE: "a:1", TOLLGATE_PRIVATE_HTTPS_PORT: "9443" },
      /TOLLGATE_EDGE is set together with TOLLGATE_PRIVATE_HTTPS_PORT/,
    ],
    [{ TOLLGATE_EDGE_PORT: "7072", TOLLGATE_BIND: "0.0.0.0" }, /edge nodes are not authenticated/],
    [
      { TOLLGATE_EDGE_PORT: "7072", TOLLGATE_TLS_CA: "ca.pem" },
      /TOLLGATE_EDGE_PORT is set without TOLLGATE_TLS_CERT/,
    ],
    [{ TOLLGATE_EDGE_PORT: "8080" }, /TOLLGATE_EDGE_PORT '8080' is the port of TOLLGATE_HTTP_PORT as well/],
  ])("are refused where %j is wrong", (env, message) => {
    expect(() => readSettings(env)).toThrow(message);
  });

  it.each([
    ["a token", { TOLLGATE_TOKEN: "a-token-of-the-spec" }],
    ["certificates", files],
  ])("may be anywhere with %s", (_what, env) => {
    expect(() =>
      readSettings({ ...env, TOLLGATE_EDGE_PORT: "7072", TOLLGATE_BIND: "0.0.0.0" }),
    ).not.toThrow();
  });
});
