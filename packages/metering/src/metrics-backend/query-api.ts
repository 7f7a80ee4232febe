import { headersOf, type MetricsBackendSettings } from "./backend-settings.ts";

/** BackendFailed is why a backend gave no metrics: it cannot be reached, takes too long, or refuses. Its message names no credentials. */
export class BackendFailed extends Error {}

/** BackendRefused is a question that is too much for a backend: one of less may not be. */
export class BackendRefused extends Error {}

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

/** connectQueryApi asks a Prometheus, a Mimir, a VictoriaMetrics, or what else has their HTTP API. */
export function connectQueryApi(settings: MetricsBackendSettings): QueryApi {
  const { timeoutMs } = settings;
  const send = async (path: string, form: Readonly<Record<string, string>>): Promise<unknown> => {
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
    const body = jsonOf(text) as { status?: unknown; data?: unknown } | undefined;
    if (status === 200 && body?.status === "success") return body.data;
    throw new BackendFailed(
      status === 200
        ? `${where} did not respond as Prometheus does: is TOLLGATE_METRICS_URL the URL under which /api/v1/query_range is?`
        : `${where} responded to ${path} with ${status}${detailOf(text)}`,
    );
  };
  return {
    async range(selector, { startUnixS, endUnixS, stepS }) {
      const data = await send("query_range", {
        query: selector,
        start: String(startUnixS),
        end: String(endUnixS),
        step: String(stepS),
        timeout: `${timeoutMs}ms`,
      });
      const { result = [] } = data as {
        result?: readonly { metric: SeriesSamples["labels"]; values: readonly [number, string][] }[];
      };
      return result.map(({ metric, values }) => ({
        labels: metric,
        samples: values.map(([unixS, value]) => [unixS, Number(value)] as const),
      }));
    },
    async series(selector, { startUnixS, endUnixS }) {
      const data = await send("series", {
        "match[]": selector,
        start: String(startUnixS),
        end: String(endUnixS),
      });
      return data as readonly SeriesSamples["labels"][];
    },
  };
}
