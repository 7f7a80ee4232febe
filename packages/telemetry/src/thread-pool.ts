import { parentPort, Worker } from "node:worker_threads";

/** What a thread replies to a job. */
type Answer<Result> = { readonly result: Result } | { readonly error: string };

const IDLE_MS = 60_000;
/** How often a thread is asked for how long it has computed. */
const CPU_CHECK_MS = 500;

export interface ThreadPoolOptions {
  /** The module that the threads run: it calls `serveThread`. */
  readonly entry: URL;
  /** What each thread can read when it starts. */
  readonly workerData?: unknown;
  readonly threadsMax: number;
  /** Most jobs that may wait; further ones are refused. */
  readonly waitingMax: number;
  /** How long a job may take; its thread is ended then. */
  readonly timeoutMs: number;
  /** How long a job may compute, without the time that it waits for others; absent: as long as it may take. */
  readonly busyMaxMs?: number;
  readonly heapMaxMb: number;
}

/** PoolFull: too many jobs are waiting for a thread. */
export class PoolFull extends Error {}

/** JobEnded: a job needed too much time or memory, and was ended with its thread. */
export class JobEnded extends Error {}

/** JobThrew: a job threw an error, whose stack this has as its message. */
export class JobThrew extends Error {}

interface Job<Work, Result> {
  readonly work: Work;
  readonly timeoutMs: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/**
 * ThreadPool runs jobs outside the event loop, one at a time in each thread. Threads are started on demand, and end when they are idle or when
 * a job has to be ended.
 */
export class ThreadPool<Work, Result> {
  readonly #options: ThreadPoolOptions;
  readonly #waiting: Job<Work, Result>[] = [];
  readonly #idle: PoolThread<Work, Result>[] = [];
  readonly #all = new Set<PoolThread<Work, Result>>();

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** run rejects with PoolFull, JobEnded or JobThrew. `timeoutMs`: of this job alone. */
  run(work: Work, timeoutMs = this.#options.timeoutMs): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= this.#options.waitingMax && !this.#hasFree()) {
        reject(new PoolFull(`${this.#waiting.length} jobs are waiting`));
        return;
      }
      this.#waiting.push({ work, timeoutMs, resolve, reject });
      this.#next();
    });
  }

  /** The jobs that no thread has begun. */
  get waiting(): Iterable<Work> {
    return this.#waiting.map(({ work }) => work);
  }

  /** dispose ends all threads; their jobs fail. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const job of this.#waiting.splice(0)) job.reject(new JobEnded("the process stops"));
    await Promise.all([...this.#all].map((thread) => thread.stop("the process stops")));
  }

  #hasFree(): boolean {
    return this.#idle.length > 0 || this.#all.size < this.#options.threadsMax;
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const thread = this.#free();
    if (!thread) return;
    const { work, timeoutMs, resolve, reject } = this.#waiting.shift() as Job<Work, Result>;
    const after = () => {
      if (thread.isAlive) this.#idle.push(thread);
      this.#next();
    };
    thread.run(work, timeoutMs).then(resolve, reject).finally(after);
  }

  /** An idle thread, or a new one; undefined: all are busy. */
  #free(): PoolThread<Work, Result> | undefined {
    for (let thread = this.#idle.pop(); thread; thread = this.#idle.pop()) if (thread.isAlive) return thread;
    if (this.#all.size >= this.#options.threadsMax) return undefined;
    const thread = new PoolThread<Work, Result>(this.#options, () => {
      this.#all.delete(thread);
      this.#next();
    });
    this.#all.add(thread);
    return thread;
  }
}

class PoolThread<Work, Result> {
  readonly #options: ThreadPoolOptions;
  readonly #worker: Worker;
  isAlive = true;
  #settle: { resolve: (result: Result) => void; reject: (error: Error) => void } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #busyTimer: NodeJS.Timeout | undefined;

  constructor(options: ThreadPoolOptions, onEnd: () => void) {
    this.#options = options;
    const { entry, workerData, heapMaxMb } = options;
    this.#worker = new Worker(entry, { workerData, resourceLimits: { maxOldGenerationSizeMb: heapMaxMb } });
    this.#worker.unref();
    this.#worker.on("message", (answer: Answer<Result>) => {
      const settle = this.#end();
      this.#timer = setTimeout(() => void this.stop("it is idle"), IDLE_MS);
      this.#timer.unref();
      if ("result" in answer) settle?.resolve(answer.result);
      else settle?.reject(new JobThrew(answer.error));
    });
    this.#worker.on("error", (error) => {
      this.isAlive = false;
      this.#end()?.reject(new JobEnded((error as Error).message));
    });
    this.#worker.on("exit", () => {
      this.isAlive = false;
      this.#end()?.reject(new JobEnded("the thread ended"));
      onEnd();
    });
  }

  #end() {
    const settle = this.#settle;
    this.#settle = undefined;
    clearTimeout(this.#timer);
    clearInterval(this.#busyTimer);
    return settle;
  }

  async stop(reason: string): Promise<void> {
    this.isAlive = false;
    this.#end()?.reject(new JobEnded(reason));
    await this.#worker.terminate();
  }

  run(work: Work, timeoutMs: number): Promise<Result> {
    const { busyMaxMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    clearTimeout(this.#timer);
    this.#settle = { resolve, reject };
    this.#timer = setTimeout(() => void this.stop(`it took more than ${timeoutMs} ms`), timeoutMs);
    if (busyMaxMs !== undefined) this.#watch(busyMaxMs);
    this.#worker.postMessage(work);
    return promise;
  }

  /** Ends a job that computes too long, however long it may wait for others. */
  #watch(busyMaxMs: number): void {
    const { performance: clock } = this.#worker;
    const start = clock.eventLoopUtilization();
    this.#busyTimer = setInterval(
      () => {
        if (clock.eventLoopUtilization(start).active > busyMaxMs)
          void this.stop(`it computed for more than ${busyMaxMs} ms`);
      },
      Math.min(CPU_CHECK_MS, busyMaxMs),
    );
  }
}

/** serveThread is what a thread of a pool does: the jobs that it gets, one after the other. */
export function serveThread<Work, Result>(perform: (work: Work) => Result | Promise<Result>): void {
  const attempt = async (work: Work): Promise<Answer<Result>> => {
    try {
      return { result: await perform(work) };
    } catch (error) {
      return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  parentPort?.on(
    "message",
    (work: Work) => void attempt(work).then((answer) => parentPort?.postMessage(answer)),
  );
}
