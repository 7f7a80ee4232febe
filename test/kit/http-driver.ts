import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";

/** Answer is what a driven call got. */
export interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly body: string;
}

export interface DriverOptions {
  readonly origin: string;
  readonly path: (i: number) => string;
  readonly headers?: (i: number) => Record<string, string>;
  /** PEM of the authority that vouches for the origin's certificate. */
  readonly authority?: string;
  /** Calls at a time. */
  readonly concurrency: number;
  /** Stop after so many calls; or when the signal aborts. */
  readonly calls?: number;
  readonly signal?: AbortSignal;
  /** Between two calls of a connection, so that what is called has time for other things; absent: none. */
  readonly pauseMs?: number;
  /** Called before each call; a promise holds its connection until it is fulfilled. */
  readonly gate?: () => Promise<void> | undefined;
  readonly onAnswer: (i: number, answer: Answer) => void;
  readonly onFailure: (i: number, error: Error) => void;
}

const AFTER_FAILURE_MS = 1;

/** drive sends calls one after another on several connections, bounded in number or by its signal. */
export async function drive(options: DriverOptions): Promise<void> {
  const {
    origin,
    path,
    headers,
    authority,
    concurrency,
    calls = Number.POSITIVE_INFINITY,
    signal,
    pauseMs = 0,
    gate,
    onAnswer,
    onFailure,
  } = options;
  const connect = authority === undefined ? {} : { connect: { ca: authority } };
  const pool = new Pool(origin, { connections: concurrency, pipelining: 1, ...connect });
  let next = 0;
  const worker = async () => {
    while (next < calls && !signal?.aborted) {
      const held = gate?.();
      if (held) {
        await held;
        continue;
      }
      const i = next++;
      try {
        const {
          statusCode,
          headers: got,
          body,
        } = await pool.request({ path: path(i), method: "GET", headers: headers?.(i) ?? {} });
        const text = await body.text();
        // HTTP APIs have a header of their own.
        const requestId = String(got["x-amzn-requestid"] ?? got["apigw-requestid"] ?? "");
        onAnswer(i, { status: statusCode, requestId, body: text });
      } catch (error) {
        onFailure(i, error as Error);
        // A node that is down refuses at once: do not take the processor's time from its start.
        await delay(AFTER_FAILURE_MS);
      }
      if (pauseMs > 0) await delay(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  await pool.close();
}
