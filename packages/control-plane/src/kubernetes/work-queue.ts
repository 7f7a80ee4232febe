import { backOffMs } from "./back-off.ts";

const HURRY_MOST_MS = 15_000;

export interface WorkQueueOptions {
  /** Does the work of a key. It returns after how many milliseconds it is due again though nobody asks for it; undefined: not at all. */
  readonly work: (key: string) => Promise<number | undefined>;
  /** Hears of work that failed, and is tried again. */
  readonly onFailure: (key: string, error: unknown) => void;
  /** Keys that are worked on at the same time. */
  readonly atOnce: number;
  readonly retryFirstMs: number;
  readonly retryMostMs: number;
}

/**
 * WorkQueue works on keys, each once at a time. A key that is added while it waits is worked on once; one that is added while it is worked on, again
 * afterwards. What fails is tried again, later each time.
 */
export class WorkQueue implements AsyncDisposable {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #working = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, number>();
  readonly #later = new Map<string, { readonly timer: NodeJS.Timeout; readonly dueMs: number }>();
  #isStopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** add asks for the work of a key, at once or after some time, if it is not due before. */
  add(key: string, afterMs = 0): void {
    if (this.#isStopped) return;
    if (afterMs > 0) return this.#addLater(key, afterMs);
    this.#forgetLater(key);
    this.#waiting.add(key);
    this.#fill();
  }

  /** hurry tries what failed again soon, as what was in its way may be gone; what has failed often, not quite as soon. */
  hurry(): void {
    for (const [key, failures] of this.#failures)
      this.add(key, Math.min(this.#options.retryFirstMs * failures, HURRY_MOST_MS));
  }

  #addLater(key: string, afterMs: number): void {
    const dueMs = performance.now() + afterMs;
    const known = this.#later.get(key);
    if (this.#waiting.has(key) || (known && known.dueMs <= dueMs)) return;
    clearTimeout(known?.timer);
    this.#later.set(key, { timer: setTimeout(() => this.add(key), afterMs).unref(), dueMs });
  }

  #forgetLater(key: string): void {
    clearTimeout(this.#later.get(key)?.timer);
    this.#later.delete(key);
  }

  #fill(): void {
    for (const key of this.#waiting) {
      if (this.#working.size >= this.#options.atOnce || this.#isStopped) return;
      if (this.#working.has(key)) continue;
      this.#waiting.delete(key);
      this.#working.set(key, this.#run(key));
    }
  }

  async #run(key: string): Promise<void> {
    const { work, onFailure, retryFirstMs, retryMostMs } = this.#options;
    try {
      const afterMs = await work(key);
      this.#failures.delete(key);
      if (afterMs !== undefined) this.add(key, Math.max(afterMs, 1));
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      onFailure(key, error);
      this.add(key, backOffMs(failures, retryFirstMs, retryMostMs));
    } finally {
      this.#working.delete(key);
      this.#fill();
    }
  }

  /** Nothing is begun any more; it resolves when what has begun has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    for (const key of this.#later.keys()) this.#forgetLater(key);
    this.#waiting.clear();
    await Promise.all(this.#working.values());
  }
}
