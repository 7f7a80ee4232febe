import { headersOf, type MetricsBackendSettings } from "./backend-settings.ts";

/** BackendFailed is why a backend gave no metrics: it cannot be reached, takes too long, or refuses. Its message names no credentials. */
export class BackendFailed extends Error {}

/** BackendRefused is a question that is too much for a backend: one of less may not be. */
export class BackendRefused extends Error {}

/** BackendBusy is a question that other ones left no time for: the same may be replied to later. */
export class BackendBusy extends Error {}

/** SeriesSamples are samples of one series, oldest first. */
export interface SeriesSamples {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [unixS: number, value: number])[];
}

/** QueryApi is the part of Prometheus' HTTP API that metrics are read by (Prometheus: HTTP API). It throws BackendFailed and BackendRefused. */
export interface QueryApi {
  /** The value of each series of a selector at each step, from a time to another, both inclusive. */
  range(selector: string, range: StepRange): Promise<readonly SeriesSamples[]>;
  /** The labels of all series of a selector that have samples between two times. */
  series(
    selector: string,
    range: Pick<StepRange, "startUnixS" | "endUnixS">,
  ): Promise<readonly SeriesSamples["labels"][]>;
}

export interface StepRange {
  readonly startUnixS: number;
  readonly endUnixS: number;
  readonly stepS: number;
}

/** A response of 4,000,000 samples has about 100 MB. */
const RESPONSE_MAX_BYTES = 128 * 1024 * 1024;
const DETAIL_MAX_CHARS = 300;

interface Target {
  /** Without credentials. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}

function targetOf({ url: secret, headers }: MetricsBackendSettings): Target {
  const url = new URL(secret.current());
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    base: url.href.replace(/\/+$/, ""),
    headers: {
      ...(username === "" ? {} : { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` }),
      ...headersOf(headers?.current() ?? ""),
    },
  };
}

/** The text of a response, as far as it is not larger than a response may be. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > RESPONSE_MAX_BYTES)
      throw new BackendRefused(
        "the metrics backend returns too many data points: ask for a shorter time, a longer period or fewer metrics",
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the backend says is wrong: a JSON document of Prometheus, or the text of what is in front of it. */
function detailOf(text: string): string {
  const { error } = (jsonOf(text) ?? {}) as { error?: unknown };
  const detail = typeof error === "string" ? error : text.trim();
  return detail === "" ? "" : `: ${detail.replaceAll(/\s+/g, " ").slice(0, DETAIL_MAX_CHARS)}`;
}

const causeOf = (error: unknown): string => {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
};

/** Prometheus reports a query that is too expensive as 422; others use 413 and 429. */
const TOO_MUCH = new Set([413, 422, 429]);

interface Body {
  readonly status?: unknown;
  readonly data?: unknown;
  readonly isPartial?: unknown;
  readonly warnings?: unknown;
}

/**
 * What a response says of data that is not in it; undefined: it has all. A selector gives no warning of its own: one is of a store that did not respond (Thanos, remote
 * read); VictoriaMetrics says isPartial. Counters without the part would seem to have begun again, and be counted twice.
 */
function partOf(body: Body | null | undefined): string | undefined {
  const { isPartial, warnings } = body ?? {};
  const [warning] = Array.isArray(warnings) ? (warnings as readonly unknown[]) : [];
  if (warning === undefined) return isPartial === true ? "" : undefined;
  return `: ${String(warning).slice(0, DETAIL_MAX_CHARS)}`;
}

const isListOf = <T>(value: unknown, isOne: (one: unknown) => one is T): value is readonly T[] =>
  Array.isArray(value) && value.every((one) => isOne(one));
const isLabels = (value: unknown): value is SeriesSamples["labels"] =>
  typeof value === "object" && value !== null && Object.values(value).every((one) => typeof one === "string");
const isPair = (value: unknown): value is readonly [number, string] =>
  Array.isArray(value) && typeof value[0] === "number" && typeof value[1] === "string";
const isSeries = (
  value: unknown,
): value is {
  readonly metric: SeriesSamples["labels"];
  readonly values: readonly (readonly [number, string])[];
} => {
  const { metric, values } = (value ?? {}) as { metric?: unknown; values?: unknown };
  return isLabels(metric) && isListOf(values, isPair);
};

/** The matrix of a response; undefined: there is none. */
function samplesOf(data: unknown): readonly SeriesSamples[] | undefined {
  const { result } = (data ?? {}) as { result?: unknown };
  if (!isListOf(result, isSeries)) return undefined;
  return result.map(({ metric, values }) => ({
    labels: metric,
    samples: values.map(([unixS, value]) => [unixS, Number(value)] as const),
  }));
}

/** connectQueryApi asks a Prometheus, a Mimir, a VictoriaMetrics, or what else has their HTTP API. */
export function connectQueryApi(settings: MetricsBackendSettings): QueryApi {
  const { timeoutMs } = settings;
  const send = async <T>(
    path: string,
    form: Readonly<Record<string, string>>,
    read: (data: unknown) => T | undefined,
  ): Promise<T> => {
    const { base, headers } = targetOf(settings);
    const where = `the metrics backend at ${base}`;
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${base}/api/v1/${path}`, {
        method: "POST",
        body: new URLSearchParams(form),
        headers,
        // Credentials are for this place alone.
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = response.status;
      text = await textOf(response);
    } catch (error) {
      if (error instanceof BackendRefused) throw error;
      const isLate = (error as Error).name === "TimeoutError";
      throw new BackendFailed(
        isLate
          ? `${where} did not respond within ${timeoutMs / 1_000} s`
          : `${where} cannot be reached: ${causeOf(error)}`,
      );
    }
    if (TOO_MUCH.has(status))
      throw new BackendRefused(`${where} refused the query with ${status}${detailOf(text)}`);
    const body = jsonOf(text) as Body | null | undefined;
    if (status !== 200)
      throw new BackendFailed(`${where} responded to ${path} with ${status}${detailOf(text)}`);
    const parsed = body?.status === "success" ? read(body.data) : undefined;
    if (parsed === undefined)
      throw new BackendFailed(
        `${where} did not respond as Prometheus does: is TOLLGATE_METRICS_URL the URL under which /api/v1/query_range is?`,
      );
    const part = partOf(body);
    if (part !== undefined)
      throw new BackendFailed(`${where} responded to ${path} with a part of the data${part}`);
    return parsed;
  };
  return {
    async range(selector, { startUnixS, endUnixS, stepS }) {
      const form = {
        query: selector,
        start: String(startUnixS),
        end: String(endUnixS),
        step: String(stepS),
        timeout: `${timeoutMs}ms`,
      };
      return await send("query_range", form, samplesOf);
    },
    async series(selector, { startUnixS, endUnixS }) {
      const form = { "match[]": selector, start: String(startUnixS), end: String(endUnixS) };
      return await send("series", form, (data) => (isListOf(data, isLabels) ? data : undefined));
    },
  };
}
