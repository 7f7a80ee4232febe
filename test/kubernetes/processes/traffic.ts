import { drive } from "../../kit/http-driver.ts";
import { until } from "../../kit/process.ts";

const CONNECTIONS = 6;
/** So that a small machine has time for processes that start. */
const PAUSE_MS = 40;

/** Traffic calls an API at all origins of a release until it is stopped, and keeps count of what came back. */
export class Traffic {
  /** Why calls failed, each with its time. */
  readonly failures: string[] = [];
  #responseCount = 0;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(origins: readonly { readonly origin: string; readonly authority?: string }[], path: string) {
    const fail = (text: string) => this.failures.push(`${new Date().toISOString()} ${text}`);
    this.#running = Promise.all(
      origins.map((origin) =>
        drive({
          ...origin,
          path: (i) => `${path}/${i}`,
          concurrency: CONNECTIONS,
          pauseMs: PAUSE_MS,
          signal: this.#stop.signal,
          onAnswer: (i, { status, body }) => {
            this.#responseCount++;
            if (status !== 200 || !body.endsWith(`/${i}`))
              fail(`${origin.origin} ${status} ${body.slice(0, 200)}`);
          },
          onFailure: (_i, error) => fail(`${origin.origin} ${error.message}`),
        }),
      ),
    );
  }

  get responseCount(): number {
    return this.#responseCount;
  }

  /** Waits until so many more calls have their responses than now. */
  async more(count: number): Promise<void> {
    const goal = this.#responseCount + count;
    await until(
      () => `there are ${this.#responseCount} responses: ${this.failures.slice(-3).join("\n")}`,
      () => this.#responseCount >= goal,
      120_000,
    );
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
