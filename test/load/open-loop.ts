import { fileURLToPath } from "node:url";
import { goBuild, run } from "../kit/cache.ts";

/** Of times in milliseconds; null: there are none. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p99: number | null;
}

/** How long calls with status 200 took, in all and in parts. */
export interface Latencies {
  /** From when a call was due to when its response was read. */
  readonly total: Percentiles;
  /** Until the request was written: time that the program that calls was late by. */
  readonly late: Percentiles;
  /** From then until the kernel had the response for that program: the time of what is called. */
  readonly server: Percentiles;
  /** From then until it was read: again that program. */
  readonly heard: Percentiles;
}

export interface OpenLoopResult {
  readonly seconds: number;
  readonly offered: number;
  /** Responses by status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly latenciesMs: Latencies;
  /** Of the calls to the floor. */
  readonly floorMs?: Latencies;
  /** Calls with status 200 in each second. */
  readonly perSecond: readonly number[];
  /** Of those, the slowest in each tenth of a second. */
  readonly slowestMs: readonly number[];
  readonly failed: number;
}

export interface OpenLoopOptions {
  readonly url: string;
  /** Calls a second, whether or not the ones before have a response. */
  readonly rate: number;
  readonly seconds: number;
  /** At most. A call that finds none free is offered but not sent. */
  readonly connections: number;
  /** Whether all connections are opened before, and used in turn. */
  readonly spread?: boolean;
  /** What every hundredth call goes to instead: what these take, in the same time and from the same program, is no time of what is called. */
  readonly floor?: string;
}

/** Arguments of chrt: what has this priority waits for no process without one. */
const FIRST = ["--rr", "1"];

/** Whether this process may give that priority. */
const goesFirst = async (): Promise<boolean> =>
  run("chrt", [...FIRST, "true"]).then(
    () => true,
    () => false,
  );

/** goFirst gives that priority to processes that stand for other machines, where this one may. */
export async function goFirst(pids: readonly number[]): Promise<void> {
  if (!(await goesFirst())) return;
  for (const pid of pids) await run("chrt", ["--pid", ...FIRST, String(pid)]);
}

/**
 * openLoop calls in a process of its own. On a machine that it shares with what it calls, it is compiled, and goes first where it may: it
 * stands for clients that have machines of their own.
 */
export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const binary = await goBuild("open-loop", fileURLToPath(new URL("./open-loop", import.meta.url)));
  const args = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
  const maxBuffer = 64 * 1024 * 1024;
  const { stdout } = (await goesFirst())
    ? await run("chrt", [...FIRST, binary, ...args], { maxBuffer })
    : await run(binary, args, { maxBuffer });
  return JSON.parse(stdout) as OpenLoopResult;
}
