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

describe("tracing, by OpenTelemetry's own variables", () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };
  const read = (env: Record<string, string>) => {
    const settings = readSettings({
      TOLLGATE_AUTH: "none",
      TOLLGATE_TOKEN: "a-token-of-the-spec",
      ...endpoint,
      ...env,
    });
    return [settings.otlpEndpoint, settings.traceSampleRatio];
  };
  const at = endpoint.OTEL_EXPORTER_OTLP_ENDPOINT;

  it.each<[Record<string, string>, string | undefined, number]>([
    [{}, at, 0.05],
    [{ OTEL_SDK_DISABLED: "TRUE" }, undefined, 0.05],
    [{ OTEL_SDK_DISABLED: "no" }, at, 0.05],
    [{ OTEL_TRACES_SAMPLER: "always_on", OTEL_TRACES_SAMPLER_ARG: "0.5" }, at, 1],
    [{ OTEL_TRACES_SAMPLER: "parentbased_always_off" }, at, 0],
    [{ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" }, at, 0.5],
  ])("%j", (env, wantedEndpoint, ratio) => {
    expect(read(env)).toEqual([wantedEndpoint, ratio]);
  });

  it("a sampler that is not supported is refused", () => {
    expect(() => read({ OTEL_TRACES_SAMPLER: "jaeger_remote" })).toThrow(
      /OTEL_TRACES_SAMPLER 'jaeger_remote' must be one of/,
    );
  });
});
