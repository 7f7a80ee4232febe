import { type ChildProcess, fork } from "node:child_process";
import { flushCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

/** What a process of a pool gets: first what it starts with, then its jobs. */
type Message<Work> = { readonly start: unknown } | { readonly work: Work };

/** What it sends: that it can be given jobs, that it does not compute at the moment, and what came of a job. */
type Answer<Result> = "ready" | "free" | { readonly result: Result } | { readonly error: string };

const IDLE_MS = 60_000;
/** To start costs a second of CPU time at most; the time of a job begins after it. */
const START_MAX_MS = 60_000;
/** How often a process says that it does not compute. */
const FREE_EVERY_MS = 250;
/** How V8 ends a process whose heap is full, as it was compiled. */
const ABORTS: ReadonlySet<NodeJS.Signals> = new Set(["SIGABRT", "SIGTRAP", "SIGILL"]);

export interface ProcessPoolOptions {
  /** The module that the processes run: it calls `serveJobs`. */
  readonly entry: URL;
  /** What each process gets when it starts. */
  readonly start?: unknown;
  readonly processesMax: number;
  /** Most jobs that may wait; further ones are refused. */
  readonly waitingMax: number;
  /** How long a job may take; its process is ended then. */
  readonly timeoutMs: number;
  /** How long a job may compute without a pause; absent: as long as it may take. */
  readonly blockedMaxMs?: number;
  readonly heapMaxMb: number;
  /** What the processes write to stderr, which V8 does when memory ends. */
  readonly stderr: "inherit" | "ignore";
}

/** PoolFull: too many jobs are waiting for a process. */
export class PoolFull extends Error {}

/** JobEnded: a job needed too much time or memory, and was ended with its process. */
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
 * ProcessPool runs jobs outside the event loop, one at a time in each process. Processes are started on demand, and end when they are idle or when
 * a job has to be ended. They are not threads, because a thread that allocates too much ends the process that it belongs to, whatever its
 * resourceLimits are (nodejs/node#47224).
 */
export class ProcessPool<Work, Result> {
  readonly #options: ProcessPoolOptions;
  readonly #waiting: Job<Work, Result>[] = [];
  readonly #idle: PoolProcess<Work, Result>[] = [];
  readonly #all = new Set<PoolProcess<Work, Result>>();

  constructor(options: ProcessPoolOptions) {
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

  /** The jobs that no process has begun. */
  get waiting(): Iterable<Work> {
    return this.#waiting.map(({ work }) => work);
  }

  /** dispose ends all processes; their jobs fail. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const job of this.#waiting.splice(0)) job.reject(new JobEnded("the gateway stops"));
    await Promise.all([...this.#all].map((process) => process.stop("the gateway stops")));
  }

  #hasFree(): boolean {
    return this.#idle.some(({ isAlive }) => isAlive) || this.#all.size < this.#options.processesMax;
  }

  #next(): void {
    if (!this.#hasFree()) return;
    const job = this.#waiting.shift();
    if (!job) return;
    try {
      const process = this.#free();
      void process.run(job).finally(() => {
        if (process.isAlive) this.#idle.push(process);
        this.#next();
      });
    } catch (error) {
      // Without memory for a process, fork throws.
      job.reject(new JobEnded((error as Error).message));
      this.#next();
    }
  }

  /** An idle process, or a new one. */
  #free(): PoolProcess<Work, Result> {
    for (let process = this.#idle.pop(); process; process = this.#idle.pop())
      if (process.isAlive) return process;
    const process = new PoolProcess<Work, Result>(this.#options, () => {
      this.#all.delete(process);
      this.#next();
    });
    this.#all.add(process);
    return process;
  }
}

/** PoolProcess runs one job at a time. */
class PoolProcess<Work, Result> {
  readonly #options: ProcessPoolOptions;
  readonly #child: ChildProcess;
  readonly #ended = Promise.withResolvers<void>();
  isAlive = true;
  #isReady = false;
  #job: (Job<Work, Result> & { readonly settled: () => void }) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #blockedTimer: NodeJS.Timeout | undefined;

  constructor(options: ProcessPoolOptions, onEnd: () => void) {
    this.#options = options;
    const { entry, start, heapMaxMb, stderr } = options;
    this.#child = fork(fileURLToPath(entry), [], {
      execArgv: [`--max-old-space-size=${heapMaxMb}`, "--no-warnings"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", stderr, "ipc"],
    });
    // It does not keep its parent, and ends with it.
    this.#child.unref();
    this.#child.channel?.unref();
    this.#child.on("message", (answer: Answer<Result>) => this.#receive(answer));
    const end = (reason: string): void => {
      this.isAlive = false;
      this.#endJob()?.reject(new JobEnded(reason));
      this.#ended.resolve();
    };
    // It could not be started, or a message could not be sent.
    this.#child.on("error", (error) => {
      this.#child.kill("SIGKILL");
      end(error.message);
    });
    this.#child.on("exit", (code, signal) => end(this.#reasonOf(code, signal)));
    void this.#ended.promise.then(onEnd);
    this.#send({ start });
  }

  /** run ends when the job has. */
  run(job: Job<Work, Result>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#job = { ...job, settled: resolve };
    if (this.#isReady) this.#begin();
    else this.#limit(START_MAX_MS, `its process did not start within ${START_MAX_MS} ms`);
    return promise;
  }

  async stop(reason: string): Promise<void> {
    this.isAlive = false;
    this.#endJob()?.reject(new JobEnded(reason));
    this.#child.kill("SIGKILL");
    // Whoever waits for its end, which may be the last thing to be done, must not be ended before.
    this.#child.ref();
    await this.#ended.promise;
  }

  #begin(): void {
    if (!this.#job) return;
    const { work, timeoutMs } = this.#job;
    this.#limit(timeoutMs, `it took more than ${timeoutMs} ms`);
    const { blockedMaxMs } = this.#options;
    if (blockedMaxMs !== undefined)
      this.#blockedTimer = setTimeout(
        () => void this.stop(`it computed for more than ${blockedMaxMs} ms`),
        blockedMaxMs,
      );
    this.#send({ work });
  }

  #receive(answer: Answer<Result>): void {
    if (answer === "free") {
      this.#blockedTimer?.refresh();
      return;
    }
    if (answer === "ready") {
      this.#isReady = true;
      this.#begin();
      return;
    }
    const job = this.#endJob();
    this.#timer = setTimeout(() => void this.stop("it is idle"), IDLE_MS);
    this.#timer.unref();
    if ("result" in answer) job?.resolve(answer.result);
    else job?.reject(new JobThrew(answer.error));
  }

  #endJob(): Job<Work, Result> | undefined {
    const job = this.#job;
    this.#job = undefined;
    clearTimeout(this.#timer);
    clearTimeout(this.#blockedTimer);
    this.#blockedTimer = undefined;
    job?.settled();
    return job;
  }

  #limit(ms: number, reason: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.stop(reason), ms);
  }

  /** What has no channel has ended, or could not be started (no file descriptor was left): that is reported as an event. */
  #send(message: Message<Work>): void {
    if (this.#child.connected) this.#child.send(message);
  }

  #reasonOf(code: number | null, signal: NodeJS.Signals | null): string {
    return signal && ABORTS.has(signal)
      ? `it needed more than ${this.#options.heapMaxMb} MB of memory`
      : `its process ended (${signal ?? code})`;
  }
}

/**
 * serveJobs is what a process of a pool does: the jobs that it gets, one after the other. `open` gets what the pool gives to processes that start,
 * and returns what performs a job.
 */
export function serveJobs<Start, Work, Result>(
  open: (start: Start) => (work: Work) => Result | Promise<Result>,
): void {
  const send = (answer: Answer<Result>): void => void process.send?.(answer);
  const attempt = async (perform: () => Result | Promise<Result>): Promise<Answer<Result>> => {
    const beat = setInterval(() => send("free"), FREE_EVERY_MS);
    try {
      return { result: await perform() };
    } catch (error) {
      return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    } finally {
      clearInterval(beat);
    }
  };
  // The pool ends this process: a signal to the whole process group must not abort jobs.
  process.on("SIGTERM", () => undefined);
  process.on("SIGINT", () => undefined);
  // Whoever waits for the result of a job is gone.
  process.on("disconnect", () => process.exit(0));
  let perform: ((work: Work) => Result | Promise<Result>) | undefined;
  process.on("message", (message: Message<Work>) => {
    if ("start" in message) {
      perform = open(message.start as Start);
      send("ready");
    } else
      void attempt(() => (perform as NonNullable<typeof perform>)(message.work)).then((answer) => {
        send(answer);
        // It ends by a signal, before Node would write what it has compiled for the next process.
        flushCompileCache();
      });
  });
}
