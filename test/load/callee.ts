import { availableParallelism } from "node:os";
import { run } from "../kit/cache.ts";
import { family, workersOf } from "../kit/process.ts";
import { cpuMs } from "./cpu.ts";
import { type OpenLoopResult, openLoop } from "./open-loop.ts";
import { wrk } from "./rivals.ts";

/** Of calls that may have to wait for each other. */
export const CONNECTIONS = 2_000;
const CAPACITY_CONNECTIONS = 64;

/**
 * apart gives workers a core of their own and everything else another one: the load, the upstream and what counts the usage stand for other
 * machines, and a worker that is interrupted by them needs up to twice the time for the same call. False: there is only one core.
 */
export async function apart(answering: readonly number[]): Promise<boolean> {
  if (availableParallelism() < 2) return false;
  const pin = (pid: number, core: number) => run("taskset", ["-acp", String(core), String(pid)]);
  for (const pid of family(process.pid)) await pin(pid, 1);
  for (const pid of answering) await pin(pid, 0);
  return true;
}

/** Seconds of processor time that the workers have used. */
const workerSeconds = () => cpuMs(workersOf(process.pid)) / 1000;

/** timed adds how many seconds of processor time the workers used meanwhile. */
export async function timed<T extends object>(
  run: () => Promise<T>,
): Promise<T & { readonly workerS: number }> {
  const before = workerSeconds();
  return { ...(await run()), workerS: workerSeconds() - before };
}

export const CAPACITY_SECONDS = 6;

/** What is called, the upstream that it calls, and calls of it. */
export class Callee {
  readonly #url: string;
  readonly #upstream: string;

  constructor(url: string, upstream: string) {
    this.#url = url;
    this.#upstream = upstream;
  }

  /** How many calls it can answer at most, as a first guess. */
  async warm(): Promise<number> {
    return (await wrk(this.#url, CAPACITY_CONNECTIONS, 3)).calls;
  }

  /** How many calls it answers to as few clients as keep it busy, sent by the same program as the overload: it shares the machine. */
  async capacity(enough: number, seconds = CAPACITY_SECONDS) {
    const { statuses, workerS } = await timed(() =>
      openLoop({
        url: this.#url,
        rate: enough,
        seconds,
        connections: CAPACITY_CONNECTIONS,
      }),
    );
    return { calls: statuses["200"] ?? 0, workerS };
  }

  /** Calls at a rate, of them one in a hundred to the upstream itself: what those take is not the time of what is called. */
  at(rate: number, seconds: number): Promise<OpenLoopResult> {
    return openLoop({
      url: this.#url,
      floor: this.#upstream,
      rate,
      seconds,
      connections: CONNECTIONS,
    });
  }

  unloaded(capacityPerSecond: number): Promise<OpenLoopResult> {
    return this.at(capacityPerSecond / 10, 5);
  }
}
