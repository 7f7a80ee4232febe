import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import type { Snapshot } from "./snapshot-file.ts";

/** Time between the end of one write and the start of the next. The first change after a quiet time is written at once. */
const INTERVAL_MS = 500;
const RETRY_MS = 2_000;
/** How long a process that stops waits for a disk. */
const CLOSE_TIMEOUT_MS = 10_000;

export interface SnapshotWriterOptions {
  /** Returns the newest state. It is called when a write starts. */
  readonly read: () => Snapshot;
  readonly write: (snapshot: Snapshot) => Promise<void>;
  readonly logger: Logger;
  readonly intervalMs?: number;
  readonly retryMs?: number;
  readonly closeTimeoutMs?: number;
}

/**
 * SnapshotWriter keeps the config on disk at the newest state. A change that comes while a write is under way causes one more write, and a
 * write that failed is repeated, so that the newest state is never left out. Only a SIGKILL loses changes: those of the last
 * 0.5 seconds and of the write in progress.
 */
export class SnapshotWriter implements AsyncDisposable {
  readonly #options: SnapshotWriterOptions;
  readonly #closing = new AbortController();
  /** When the oldest change came that no write contains; undefined: there is none. */
  #changedMs: number | undefined;
  /** The same of the write in progress. */
  #writingMs: number | undefined;
  #notBeforeMs = 0;
  #running: Promise<void> | undefined;

  constructor(options: SnapshotWriterOptions) {
    this.#options = options;
  }

  /** For how long the newest state has not been on disk; 0: it is. */
  get unsavedMs(): number {
    const since = this.#writingMs ?? this.#changedMs;
    return since === undefined ? 0 : performance.now() - since;
  }

  /** changed reports that `read` returns something new. */
  changed(): void {
    this.#changedMs ??= performance.now();
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    const { read, write, logger, intervalMs = INTERVAL_MS, retryMs = RETRY_MS } = this.#options;
    const { signal } = this.#closing;
    while (this.#changedMs !== undefined) {
      const waitMs = Math.max(0, this.#notBeforeMs - performance.now());
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
      this.#writingMs = this.#changedMs;
      this.#changedMs = undefined;
      const isLast = signal.aborted;
      try {
        await write(read());
        this.#notBeforeMs = performance.now() + intervalMs;
      } catch (error) {
        logger.error({ error: String(error) }, "the last good config could not be written to disk");
        this.#changedMs = this.#writingMs;
        this.#notBeforeMs = performance.now() + retryMs;
        if (isLast) break;
      } finally {
        this.#writingMs = undefined;
      }
    }
    this.#running = undefined;
  }

  /** Waits until the newest state is on disk, or a last attempt has failed or taken too long. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { logger, closeTimeoutMs = CLOSE_TIMEOUT_MS } = this.#options;
    this.#closing.abort();
    await Promise.race([this.#running, delay(closeTimeoutMs, undefined, { ref: false })]);
    if (this.unsavedMs > 0)
      logger.error(
        "the newest config is not on disk: until it reaches a control plane, this node will serve an older one",
      );
  }
}
