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
  /** Calls at a time. */
  readonly concurrency: number;
  /** Stop after so many calls; or when the signal aborts. */
  readonly calls?: number;
  readonly signal?: AbortSignal;
  /** Called before each call; a promise holds its connection until it is fulfilled. */
  readonly gate?: () => Promise<void> | undefined;
  readonly onAnswer: (i: number, answer: Answer) => void;
  readonly onFailure: (i: number, error: Error) => void;
}

/** drive sends calls one after another on several connections, bounded in number or by its signal. */
export async function drive(options: DriverOptions): Promise<void> {
  const {
    origin,
    path,
    headers,
    concurrency,
    calls = Number.POSITIVE_INFINITY,
    signal,
    gate,
    onAnswer,
    onFailure,
  } = options;
  const pool = new Pool(origin, { connections: concurrency, pipelining: 1 });
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
        onAnswer(i, { status: statusCode, requestId: String(got["x-amzn-requestid"] ?? ""), body: text });
      } catch (error) {
        onFailure(i, error as Error);
        // A node that is down refuses at once: give the event loop a turn instead of spinning.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  await pool.close();
}
