import { describe, expect, it } from "vitest";
import { readSettings } from "./settings.ts";

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
