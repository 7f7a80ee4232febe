import { readFileSync } from "node:fs";
import { type Read, type Setting, type SettingsProblem, setting } from "./settings.ts";

/** OtlpReceiver is where a signal is sent by OTLP over HTTP. */
export interface OtlpReceiver {
  /** With its path. */
  readonly url: string;
  readonly protocol: "http/json" | "http/protobuf";
}

/** A signal of OpenTelemetry: how its variables are named, and the end of the path that it is sent to. */
interface Signal {
  readonly name: "TRACES" | "METRICS";
  readonly path: "v1/traces" | "v1/metrics";
}

export const TRACES: Signal = { name: "TRACES", path: "v1/traces" };
export const METRICS: Signal = { name: "METRICS", path: "v1/metrics" };

const httpUrl: Setting<string | undefined> = (raw) => {
  const text = raw?.trim();
  if (!text) return { value: undefined };
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
    ? { value: text }
    : { value: undefined, problem: `'${text}' must be an http or https URL, such as http://127.0.0.1:4318` };
};

const PROTOCOLS = ["http/json", "http/protobuf"] as const;

const protocol: Setting<OtlpReceiver["protocol"] | undefined> = (raw) => {
  const value = PROTOCOLS.find((name) => name === raw?.trim());
  if (value !== undefined || !raw?.trim()) return { value };
  return {
    value,
    problem:
      raw.trim() === "grpc"
        ? "'grpc' is not supported: signals are exported by HTTP. Set it to http/protobuf, and the endpoint to the receiver's port for HTTP (4318 by default)"
        : `'${raw}' must be one of ${PROTOCOLS.join(", ")}`,
  };
};

const milliseconds: Setting<undefined> = (raw) =>
  !raw?.trim() || Number(raw) > 0
    ? { value: undefined }
    : { value: undefined, problem: `'${raw}' must be a number of milliseconds above 0` };

const compression: Setting<undefined> = (raw) =>
  !raw?.trim() || ["none", "gzip"].includes(raw.trim())
    ? { value: undefined }
    : { value: undefined, problem: `'${raw}' must be one of none, gzip` };

/** name=value, separated by commas, with values in URL encoding. The text is not shown: headers are often secrets. */
const headers: Setting<undefined> = (raw) =>
  (raw ?? "").split(",").every((pair) => pair.trim() === "" || /^\s*[^=\s]+\s*=/.test(pair))
    ? { value: undefined }
    : { value: undefined, problem: "must be name=value; several are separated by commas" };

const pemFile: Setting<string | undefined> = (raw) => {
  const file = raw?.trim() || undefined;
  try {
    if (file !== undefined) readFileSync(file);
    return { value: file };
  } catch (error) {
    return { value: file, problem: `cannot be read: ${(error as Error).message}` };
  }
};

/** A variable of the exporter: that of the signal wins over that of all signals. Both are checked. */
function readOf<T>(
  read: Read,
  { name: signal }: Signal,
  name: string,
  kind: Setting<T | undefined>,
): T | undefined {
  const general = read(`OTEL_EXPORTER_OTLP_${name}`, kind);
  return read(`OTEL_EXPORTER_OTLP_${signal}_${name}`, kind) ?? general;
}

/** Where a signal is sent (OpenTelemetry Protocol Exporter, "Endpoint URLs for OTLP/HTTP"); undefined: nowhere. */
function readUrl(read: Read, { name, path }: Signal): string | undefined {
  const base = read("OTEL_EXPORTER_OTLP_ENDPOINT", httpUrl);
  const own = read(`OTEL_EXPORTER_OTLP_${name}_ENDPOINT`, httpUrl);
  if (own !== undefined) return new URL(own).href;
  return base === undefined ? undefined : `${base.replace(/\/$/, "")}/${path}`;
}

const HALF_CERTIFICATE: SettingsProblem = {
  name: "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
  message: "and OTEL_EXPORTER_OTLP_CLIENT_KEY must be set together",
};

/**
 * readOtlp reads OpenTelemetry's variables for where a signal is sent, as its specification names them, and reports what the SDK would leave out
 * in silence. The exporter reads those of headers, time, compression and TLS itself. No receiver: the signal is not exported.
 */
export function readOtlp(
  read: Read,
  signal: Signal,
): { readonly receiver: OtlpReceiver | undefined; readonly problems: readonly SettingsProblem[] } {
  const url = readUrl(read, signal);
  const isDisabled = read("OTEL_SDK_DISABLED", setting.text("false")).trim().toLowerCase() === "true";
  const wire = readOf(read, signal, "PROTOCOL", protocol) ?? "http/json";
  readOf(read, signal, "TIMEOUT", milliseconds);
  readOf(read, signal, "COMPRESSION", compression);
  readOf(read, signal, "HEADERS", headers);
  readOf(read, signal, "CERTIFICATE", pemFile);
  const certificate = readOf(read, signal, "CLIENT_CERTIFICATE", pemFile);
  const key = readOf(read, signal, "CLIENT_KEY", pemFile);
  const isHalf = (certificate === undefined) !== (key === undefined);
  return {
    receiver: isDisabled || url === undefined ? undefined : { url, protocol: wire },
    problems: isHalf ? [HALF_CERTIFICATE] : [],
  };
}
