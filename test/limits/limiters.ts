import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { baseEnv } from "../kit/process.ts";
import type { FromLimiter, Load, Outcome, ToLimiter } from "./limiter-process.ts";
import type { Limit, LimitsHistory, Observation } from "./limits-history.ts";

/** How precisely a limiter says when a call was let through. */
const BIN_MS = 10;
const ENTRY = fileURLToPath(new URL("limiter-process.ts", import.meta.url));

/** Limiter is one node, as a process of its own. */
export class Limiter {
  readonly child: ChildProcess;
  readonly #reports = new Map<number, (outcome: Outcome) => void>();
  #nextId = 1;

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on("message", (message: FromLimiter) => {
      if (message.type === "report") this.#reports.get(message.id)?.(message.outcome);
    });
  }

  static async start(nodeId: string, home: string, redisUrl: string, skewMs = 0): Promise<Limiter> {
    const child = fork(ENTRY, [nodeId, join(home, nodeId), String(skewMs)], {
      env: { ...baseEnv(), TOLLGATE_REDIS: redisUrl },
      execArgv: ["--no-warnings"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const limiter = new Limiter(child);
    await once(child, "message");
    return limiter;
  }

  load(name: string, load: Load): void {
    this.child.send({ type: "load", name, load } satisfies ToLimiter);
  }

  /** What it did since the last report. */
  report(): Promise<Outcome> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#reports.set(id, resolve);
      this.child.send({ type: "report", id } satisfies ToLimiter);
    });
  }

  /** Ends it at once, or after it has given back what it holds. */
  async end(signal?: "SIGKILL"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, "exit");
    if (signal) this.child.kill(signal);
    else this.child.send({ type: "end" } satisfies ToLimiter);
    await exited;
  }
}

/** Limiters are several nodes that share their limits by one Redis. */
export class Limiters implements AsyncDisposable {
  readonly #home = mkdtempSync(join(tmpdir(), "tollgate-limits-"));
  readonly #redisUrl: string;
  readonly all: Limiter[] = [];
  readonly #observations: Observation[] = [];
  /** What is called, and with which limits. */
  #path = "";
  #limits: Readonly<Record<string, Limit>> = {};

  private constructor(redisUrl: string) {
    this.#redisUrl = redisUrl;
  }

  /** `skewMs` is how much the clock of each node is wrong. */
  static async start(count: number, redisUrl: string, skewMs: readonly number[] = []): Promise<Limiters> {
    const limiters = new Limiters(redisUrl);
    await Promise.all(Array.from({ length: count }, (_, i) => limiters.#startOne(i, skewMs[i])));
    return limiters;
  }

  async #startOne(i: number, skewMs = 0): Promise<void> {
    this.all[i] = await Limiter.start(`node-${i}`, this.#home, this.#redisUrl, skewMs);
  }

  /** A node ends at once, and another one starts in its place, on the same disk. */
  async replace(i: number): Promise<void> {
    await this.all[i]?.end("SIGKILL");
    await this.#startOne(i);
  }

  /** Load of all nodes together, by their parts. */
  load(name: string, total: Load, parts: readonly number[]): void {
    const { throttle, quota } = total;
    this.#path = name;
    this.#limits = {
      ...(throttle ? { throttle: { kind: "throttle", ...throttle } } : {}),
      ...(quota ? { quota: { kind: "quota", limit: quota.limit } } : {}),
    };
    for (const [i, limiter] of this.all.entries()) {
      const part = parts[i] ?? 0;
      const burst = total.burst === undefined ? {} : { burst: Math.round(total.burst * part) };
      limiter.load(name, { ...total, callsPerSecond: total.callsPerSecond * part, ...burst });
    }
  }

  /** Calls that were let through since the last reports, in time windows. */
  async admitted(): Promise<Admitted> {
    const outcomes = await Promise.all(this.all.map((limiter) => limiter.report()));
    for (const [i, { admitted }] of outcomes.entries())
      for (const [beginMs, count] of admitted)
        this.#observations.push({
          node: `node-${i}`,
          path: this.#path,
          beginMs,
          endMs: beginMs + BIN_MS,
          admitted: count,
          refused: {},
        });
    return new Admitted(outcomes);
  }

  /** What was reported until now. */
  get history(): LimitsHistory {
    return {
      nodes: this.all.length,
      limits: this.#limits,
      paths: { [this.#path]: Object.keys(this.#limits) },
      observations: this.#observations,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((limiter) => limiter.end("SIGKILL")));
    rmSync(this.#home, { recursive: true, force: true });
  }
}

/** Admitted are calls that were let through, by when. */
export class Admitted {
  readonly #outcomes: readonly Outcome[];

  constructor(outcomes: readonly Outcome[]) {
    this.#outcomes = outcomes;
  }

  get total(): number {
    return this.between(0, Number.POSITIVE_INFINITY);
  }

  get longestMs(): number {
    return Math.max(...this.#outcomes.map(({ longestMs }) => longestMs));
  }

  /** Those of a window of the machine's clock. */
  between(fromMs: number, toMs: number): number {
    let sum = 0;
    for (const { admitted } of this.#outcomes)
      for (const [atMs, count] of admitted) if (atMs >= fromMs && atMs < toMs) sum += count;
    return sum;
  }

  of(node: number): number {
    return (this.#outcomes[node]?.admitted ?? []).reduce((sum, [, count]) => sum + count, 0);
  }
}

/** even shares a load equally. */
export const even = (nodes: number): readonly number[] => Array.from({ length: nodes }, () => 1 / nodes);

/** skewed gives one node 90 % of a load. */
export const skewed = (nodes: number): readonly number[] =>
  Array.from({ length: nodes }, (_, i) => (i === 0 ? 0.9 : 0.1 / (nodes - 1)));
