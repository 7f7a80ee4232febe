import { type Read, readSecret, type Secret, type SettingsProblem, setting } from "@tollgate/telemetry";

/** MetricsBackendSettings say which Prometheus-compatible backend has the metrics of calls. */
export interface MetricsBackendSettings {
  /** An http or https URL, under which there is /api/v1/query_range. User and password in it are sent as Basic credentials. */
  readonly url: Secret;
  /** Headers of each request, as name=value with commas between them and values in URL encoding. */
  readonly headers: Secret | undefined;
  /** Label matchers of the series of this installation, such as namespace="gateway"; empty: all series are. */
  readonly series: string;
  readonly timeoutMs: number;
}

/** The URL may contain a password, so it is not part of the message. */
const urlProblem = (text: string): string | undefined => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    return "must be an http or https URL of a Prometheus-compatible backend, such as http://prometheus:9090";
  const { search, hash } = new URL(text);
  return search === "" && hash === ""
    ? undefined
    : "must be the URL under which /api/v1/query_range is, without a query";
};

/** headersOf are the headers that a text names, as OpenTelemetry writes lists of them; undefined: it is not such a list. */
export function headersOf(text: string): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  for (const pair of text.split(",")) {
    if (pair.trim() === "") continue;
    const [, name, value = ""] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    if (name === undefined) return undefined;
    try {
      headers[name] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
    if (/[^\t\x20-\x7e]/.test(headers[name])) return undefined;
  }
  return headers;
}

/** Headers are often secrets: the text is not shown. */
const headersProblem = (text: string): string | undefined =>
  headersOf(text)
    ? undefined
    : "must be name=value with values in URL encoding; several are separated by commas";

const MATCHER = String.raw`[a-zA-Z_]\w*(?:=~|!~|!=|=)"(?:[^"\\\n]|\\.)*"`;
const MATCHERS = new RegExp(`^\\s*${MATCHER}(?:\\s*,\\s*${MATCHER})*\\s*$`);

/** Below the time that a control plane waits for metering. */
const TIMEOUT_S = 20;
const TIMEOUT_MAX_S = 25;

/** readMetricsBackend reads where metrics of calls are. undefined: metering keeps them itself. */
export function readMetricsBackend(read: Read): {
  readonly backend: MetricsBackendSettings | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const url = readSecret(read, "TOLLGATE_METRICS_URL", urlProblem);
  const headers = readSecret(read, "TOLLGATE_METRICS_HEADERS", headersProblem);
  const series = read("TOLLGATE_METRICS_SERIES", setting.text("")).trim();
  const timeoutS = read("TOLLGATE_METRICS_TIMEOUT_SECONDS", setting.integer(TIMEOUT_S, 1, TIMEOUT_MAX_S));
  const seriesProblems =
    series === "" || MATCHERS.test(series)
      ? []
      : [
          {
            name: "TOLLGATE_METRICS_SERIES",
            message: `'${series}' must be label matchers of PromQL, such as namespace="gateway",job="tollgate"`,
          },
        ];
  return {
    backend: url.secret && {
      url: url.secret,
      headers: headers.secret,
      series,
      timeoutMs: timeoutS * 1_000,
    },
    problems: [...url.problems, ...headers.problems, ...seriesProblems],
  };
}
