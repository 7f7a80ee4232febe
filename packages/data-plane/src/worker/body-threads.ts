import { Worker } from "node:worker_threads";
import { type BodyResult, type BodyWork, Unavailable } from "@tollgate/pipeline";
import type { BodyAnswer } from "./body-thread.ts";

const ENTRY = new URL(
  import.meta.url.endsWith(".ts") ? "./body-thread.ts" : "./body-thread.js",
  import.meta.url,
);
const THREADS_MAX = 2;
/** Most jobs that may wait; further calls are refused. */
const WAITING_MAX = 64;
/** Most characters that their bodies may have together. */
const WAITING_MAX_CHARS = 128 * 1024 * 1024;
/** Longer jobs have a template or a model that must not be used with such bodies. */
const TIMEOUT_MS = 15_000;
const IDLE_MS = 60_000;
/** A body of 10 MB can become a hundred times as large when it is parsed. */
const HEAP_MAX_MB = 1_536;

export interface BodyThreadsOptions {
  readonly threadsMax?: number;
  readonly waitingMax?: number;
  readonly waitingMaxChars?: number;
  readonly timeoutMs?: number;
  readonly heapMaxMb?: number;
}

interface Job {
  readonly work: BodyWork;
  readonly resolve: (result: BodyResult) => void;
  readonly reject: (error: Error) => void;
}

/** BodyThreads processes large bodies outside the event loop, in threads that are started on demand and end when they are idle. */
export class BodyThreads {
  readonly #options: Required<BodyThreadsOptions>;
  readonly #waiting: Job[] = [];
  readonly #idle: BodyThread[] = [];
  #running = 0;

  constructor(options: BodyThreadsOptions = {}) {
    this.#options = {
      threadsMax: THREADS_MAX,
      waitingMax: WAITING_MAX,
      waitingMaxChars: WAITING_MAX_CHARS,
      timeoutMs: TIMEOUT_MS,
      heapMaxMb: HEAP_MAX_MB,
      ...options,
    };
  }

  /** perform rejects with Unavailable if too many jobs are waiting, or if the job needs too much time or memory. */
  perform(work: BodyWork): Promise<BodyResult> {
    return new Promise((resolve, reject) => {
      const { waitingMax, waitingMaxChars } = this.#options;
      const chars = this.#waiting.reduce((sum, job) => sum + job.work.text.length, work.text.length);
      if (this.#waiting.length >= waitingMax || chars > waitingMaxChars) {
        reject(new Unavailable("too many large bodies are waiting to be parsed"));
        return;
      }
      this.#waiting.push({ work, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const thread = this.#free();
    if (!thread) return;
    const job = this.#waiting.shift() as Job;
    thread.run(job.work, this.#options.timeoutMs).then(
      (result) => {
        this.#idle.push(thread);
        job.resolve(result);
        this.#next();
      },
      (error: Error) => {
        if (thread.isAlive) this.#idle.push(thread);
        job.reject(new Unavailable(`a large body could not be parsed: ${error.message}`));
        this.#next();
      },
    );
  }

  /** An idle thread; undefined: all are busy. */
  #free(): BodyThread | undefined {
    for (let thread = this.#idle.pop(); thread; thread = this.#idle.pop()) if (thread.isAlive) return thread;
    if (this.#running >= this.#options.threadsMax) return undefined;
    this.#running++;
    return new BodyThread(this.#options.heapMaxMb, () => {
      this.#running--;
      this.#next();
    });
  }
}

/** BodyThread is one thread: it runs one job at a time, and ends when it fails or is idle. */
class BodyThread {
  readonly #worker: Worker;
  isAlive = true;
  #settle: { resolve: (result: BodyResult) => void; reject: (error: Error) => void } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(heapMaxMb: number, onEnd: () => void) {
    this.#worker = new Worker(ENTRY, { resourceLimits: { maxOldGenerationSizeMb: heapMaxMb } });
    this.#worker.unref();
    this.#worker.on("message", (answer: BodyAnswer) => {
      const settle = this.#end();
      this.#timer = setTimeout(() => this.#stop(), IDLE_MS);
      this.#timer.unref();
      if ("result" in answer) settle?.resolve(answer.result);
      else settle?.reject(new Error(answer.error));
    });
    this.#worker.on("error", (error) => {
      this.isAlive = false;
      this.#end()?.reject(error as Error);
    });
    this.#worker.on("exit", () => {
      this.isAlive = false;
      this.#end()?.reject(new Error("the thread ended"));
      onEnd();
    });
  }

  #end() {
    const settle = this.#settle;
    this.#settle = undefined;
    clearTimeout(this.#timer);
    return settle;
  }

  #stop(): void {
    this.isAlive = false;
    void this.#worker.terminate();
  }

  run(work: BodyWork, timeoutMs: number): Promise<BodyResult> {
    return new Promise((resolve, reject) => {
      clearTimeout(this.#timer);
      this.#settle = { resolve, reject };
      this.#timer = setTimeout(() => {
        this.#stop();
        this.#end()?.reject(new Error(`it took more than ${timeoutMs} ms`));
      }, timeoutMs);
      this.#worker.postMessage(work);
    });
  }
}
