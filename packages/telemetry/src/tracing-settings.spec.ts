import { describe, expect, it } from "vitest";
import { parseSettings } from "./settings.ts";
import { isSampled, readTracing } from "./tracing-settings.ts";
import { parseTraceHeader } from "./xray.ts";

/* OpenTelemetry: "OTLP Exporter Configuration", "Environment Variable Specification". */

const tracingOf = (env: Record<string, string>) =>
  parseSettings(env, (read) => {
    const { tracing: value, problems } = readTracing(read);
    return { value, problems };
  });

const BASE = "OTEL_EXPORTER_OTLP_ENDPOINT";
const OWN = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

describe("where traces go", () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ [BASE]: "" }, undefined],
    [{ [BASE]: "http://c:4318" }, "http://c:4318/v1/traces"],
    [{ [BASE]: "http://c:4318/" }, "http://c:4318/v1/traces"],
    [{ [BASE]: "https://c/mine/" }, "https://c/mine/v1/traces"],
    [{ [OWN]: "http://t:4318/v1/traces" }, "http://t:4318/v1/traces"],
    [{ [OWN]: "http://t:4318/exact" }, "http://t:4318/exact"],
    [{ [OWN]: "http://t:4318" }, "http://t:4318/"],
    [{ [BASE]: "http://c:4318", [OWN]: "http://t/x" }, "http://t/x"],
    [{ [BASE]: "http://c:4318", [OWN]: " " }, "http://c:4318/v1/traces"],
    [{ [BASE]: "http://c:4318", OTEL_SDK_DISABLED: "TRUE" }, undefined],
    [{ [BASE]: "http://c:4318", OTEL_SDK_DISABLED: "no" }, "http://c:4318/v1/traces"],
    [{ [BASE]: "http://c:4318", OTEL_TRACES_EXPORTER: "none" }, undefined],
  ])("%j", (env, url) => {
    expect(tracingOf(env)?.url).toBe(url);
  });
});

describe("how they go", () => {
  it.each<[Record<string, string>, string]>([
    [{}, "http/json"],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" }, "http/protobuf"],
    [
      {
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json",
      },
      "http/json",
    ],
  ])("%j", (env, protocol) => {
    expect(tracingOf({ [BASE]: "http://c:4318", ...env })?.protocol).toBe(protocol);
  });
});

describe("in which batches they go", () => {
  it.each<[Record<string, string>, readonly [number, number, number, number]]>([
    [{}, [16_384, 512, 500, 30_000]],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: "100" }, [100, 100, 500, 30_000]],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: "600" }, [600, 512, 500, 30_000]],
    [
      {
        OTEL_BSP_MAX_QUEUE_SIZE: "64",
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "64",
        OTEL_BSP_SCHEDULE_DELAY: "5000",
        OTEL_BSP_EXPORT_TIMEOUT: "1000",
      },
      [64, 64, 5_000, 1_000],
    ],
  ])("%j", (env, [maxQueueSize, maxExportBatchSize, scheduledDelayMillis, exportTimeoutMillis]) => {
    expect(tracingOf({ [BASE]: "http://c:4318", ...env })?.batching).toEqual({
      maxQueueSize,
      maxExportBatchSize,
      scheduledDelayMillis,
      exportTimeoutMillis,
    });
  });
});

describe("which calls are sampled", () => {
  it.each<[Record<string, string>, number, boolean]>([
    [{}, 0.05, false],
    [{ OTEL_TRACES_SAMPLER_ARG: "0.5" }, 0.5, false],
    [{ OTEL_TRACES_SAMPLER: "traceidratio" }, 1, true],
    [{ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" }, 0.5, true],
    [{ OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" }, 0.5, false],
    [{ OTEL_TRACES_SAMPLER: "always_on", OTEL_TRACES_SAMPLER_ARG: "0.5" }, 1, true],
    [{ OTEL_TRACES_SAMPLER: "parentbased_always_on" }, 1, false],
    [{ OTEL_TRACES_SAMPLER: "always_off" }, 0, true],
    [{ OTEL_TRACES_SAMPLER: "parentbased_always_off" }, 0, false],
  ])("%j", (env, ratio, ignoresCaller) => {
    expect(tracingOf({ [BASE]: "http://c:4318", ...env })?.sampling).toEqual({ ratio, ignoresCaller });
  });

  const root = (random: string) => `1-67891233-abcdef01234${random}`;
  it.each<[string, string | undefined, number, boolean, boolean]>([
    ["nobody decided, and all are", undefined, 1, false, true],
    ["nobody decided, and none is", undefined, 0, false, false],
    ["the caller wants it", `Root=${root("fffffffffffff")};Sampled=1`, 0, false, true],
    ["the caller does not want it", `Root=${root("0000000000000")};Sampled=0`, 1, false, false],
    ["the caller wants it, and is ignored", `Root=${root("0000000000000")};Sampled=1`, 0, true, false],
    ["the caller does not, and is ignored", `Root=${root("fffffffffffff")};Sampled=0`, 1, true, true],
    ["the trace id is below the ratio", `Root=${root("7000000000000")}`, 0.5, true, true],
    ["the trace id is above the ratio", `Root=${root("8000000000000")}`, 0.5, true, false],
  ])("%s", (_what, header, ratio, ignoresCaller, sampled) => {
    const incoming = header === undefined ? undefined : parseTraceHeader(header);
    expect(header === undefined || incoming !== undefined).toBe(true);
    expect(isSampled({ ratio, ignoresCaller }, incoming)).toBe(sampled);
  });
});

describe("what is wrong is reported when the process starts", () => {
  it.each<[Record<string, string>, RegExp]>([
    [
      { [BASE]: "collector:4318" },
      /OTEL_EXPORTER_OTLP_ENDPOINT 'collector:4318' must be an http or https URL/,
    ],
    [{ [OWN]: "c" }, /OTEL_EXPORTER_OTLP_TRACES_ENDPOINT 'c' must be an http or https URL/],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, /'grpc' is not supported: signals are exported by HTTP.*4318/],
    [{ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "grpc" }, /OTLP_TRACES_PROTOCOL 'grpc' is not supported/],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: "thrift" }, /'thrift' must be one of http\/json, http\/protobuf/],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: "10s" }, /OTEL_EXPORTER_OTLP_TIMEOUT '10s' must be a number of millisec/],
    [{ OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "0" }, /OTEL_EXPORTER_OTLP_TRACES_TIMEOUT '0' must be/],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: "zstd" }, /'zstd' must be one of none, gzip/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: "authorization: x" }, /OTEL_EXPORTER_OTLP_HEADERS must be name=value/],
    [{ OTEL_EXPORTER_OTLP_CERTIFICATE: "/does/not/exist" }, /OTLP_CERTIFICATE cannot be read: ENOENT/],
    [{ OTEL_EXPORTER_OTLP_CLIENT_KEY: import.meta.filename }, /CLIENT_CERTIFICATE and .*KEY must be set/],
    [{ OTEL_TRACES_SAMPLER: "jaeger_remote" }, /OTEL_TRACES_SAMPLER 'jaeger_remote' must be one of/],
    [{ OTEL_TRACES_SAMPLER_ARG: "2" }, /OTEL_TRACES_SAMPLER_ARG '2' must be a number from 0 to 1/],
    [{ OTEL_BSP_SCHEDULE_DELAY: "5s" }, /OTEL_BSP_SCHEDULE_DELAY/],
    [
      { OTEL_BSP_MAX_QUEUE_SIZE: "100", OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "512" },
      /OTEL_BSP_MAX_EXPORT_BATCH_SIZE is 512, and must not be above OTEL_BSP_MAX_QUEUE_SIZE, which is 100/,
    ],
    [{ OTEL_TRACES_EXPORTER: "zipkin" }, /OTEL_TRACES_EXPORTER 'zipkin' must be one of otlp, none/],
  ])("%j", (env, message) => {
    expect(() => tracingOf(env)).toThrow(message);
  });
});
