import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { run } from "../kit/cache.ts";
import { startGateway } from "../kit/gateway.ts";
import { family, workersOf } from "../kit/process.ts";
import { proxy } from "../kit/rest-api.ts";
import { cpuMs, median, percentile, round } from "./cpu.ts";
import type { OpenLoopResult } from "./open-loop.ts";
import type { LoadReport } from "./report.ts";
import { startAnswerer, startNginxProxy, wrk } from "./rivals.ts";

const CONNECTIONS = 2_000;
const CAPACITY_CONNECTIONS = 64;

/**
 * apart gives workers a core of their own and everything else another one: the load, the upstream and what counts the usage stand for other
 * machines, and a worker that is interrupted by them needs up to twice the time for the same call. False: there is only one core.
 */
async function apart(answering: readonly number[]): Promise<boolean> {
  if (availableParallelism() < 2) return false;
  const pin = (pid: number, core: number) => run("taskset", ["-acp", String(core), String(pid)]);
  for (const pid of family(process.pid)) await pin(pid, 1);
  for (const pid of answering) await pin(pid, 0);
  return true;
}

/** openLoop runs the load in a process of its own. */
async function openLoop(
  url: string,
  rate: number,
  seconds: number,
  connections = CONNECTIONS,
): Promise<OpenLoopResult> {
  const script = fileURLToPath(new URL("./open-loop.ts", import.meta.url));
  const options = { url, rate, seconds, connections };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await run(process.execPath, ["--no-warnings", script, ...args]);
  return JSON.parse(stdout) as OpenLoopResult;
}

/** Seconds of processor time that the workers have used. */
const workerSeconds = () => cpuMs(workersOf(process.pid)) / 1000;

/** timed adds how many seconds of processor time the workers used meanwhile. */
async function timed<T extends object>(run: () => Promise<T>): Promise<T & { readonly workerS: number }> {
  const before = workerSeconds();
  return { ...(await run()), workerS: workerSeconds() - before };
}

const CAPACITY_SECONDS = 6;

/** How many calls the worker answers to as few clients as keep it busy, sent by the same program as the overload: it shares the machine. */
async function capacityOf(url: string, rate: number) {
  const { statuses, workerS } = await timed(() =>
    openLoop(url, rate, CAPACITY_SECONDS, CAPACITY_CONNECTIONS),
  );
  return { calls: statuses["200"] ?? 0, workerS };
}

/**
 * besideNginx is what the same machine does to nginx, which refuses nobody: a call costs more where it comes from one of thousands of
 * connections, because neither the kernel nor the process finds what belongs to it in the caches of the processor.
 */
async function besideNginx(upstream: string, seconds: number) {
  await using nginx = await startNginxProxy(upstream, CONNECTIONS);
  await apart(nginx.pids());
  const url = `${nginx.url}/bare`;
  const { calls } = await wrk(url, CAPACITY_CONNECTIONS, 3);
  const { statuses } = await openLoop(url, calls, CAPACITY_SECONDS, CAPACITY_CONNECTIONS);
  const capacity = (statuses["200"] ?? 0) / CAPACITY_SECONDS;
  const unloaded = await openLoop(url, capacity / 10, 5);
  const overloaded = await openLoop(url, 3 * capacity, seconds);
  return {
    goodput_of_capacity: round((overloaded.statuses["200"] ?? 0) / seconds / capacity),
    admitted_p99_vs_unloaded: round(overloaded.latenciesMs.p99 / unloaded.latenciesMs.p99),
  };
}

/**
 * overload offers a worker three times the calls that it can answer. It must go on answering as many as before, quickly, and refuse the others;
 * and when the load is gone it must be as before within two seconds.
 */
export async function overload({ seconds }: { readonly seconds: number }): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const gateway = scope.use(await startGateway());
  const apiId = await gateway.deploy({ "GET /bare": proxy(`${upstream.url}/bare`) });
  const url = `http://127.0.0.1:${gateway.httpPort}/_aws/execute-api/${apiId}/prod/bare`;
  const isApart = await apart(workersOf(process.pid));
  const warm = await wrk(url, CAPACITY_CONNECTIONS, 3);
  const enough = warm.calls;
  const before = await capacityOf(url, enough);
  const capacityPerSecond = before.calls / CAPACITY_SECONDS;
  const unloaded = await openLoop(url, capacityPerSecond / 10, 5);
  const overloaded = await timed(() => openLoop(url, 3 * capacityPerSecond, seconds));
  const recovered = await openLoop(url, capacityPerSecond / 10, 5);
  // The capacity of a shared machine changes: it is the mean of before and after.
  const after = await capacityOf(url, enough);
  const capacity = (before.calls + after.calls) / (2 * CAPACITY_SECONDS);
  const answered = overloaded.statuses["200"] ?? 0;
  // The load takes processor time, too, and here it is that of the same machine: what the worker makes of the time that it gets is compared besides.
  const capacityPerS = (before.calls + after.calls) / (before.workerS + after.workerS);
  const limitMs = 5 * unloaded.latenciesMs.p99;
  const nginx = await besideNginx(upstream.url, seconds / 4);
  const lastAboveLimit = ({ slowestMs }: OpenLoopResult) =>
    (slowestMs.findLastIndex((ms) => ms > limitMs) + 1) / 10;
  return {
    figures: {
      worker_has_a_core: Number(isApart),
      capacity_per_second: round(capacity),
      capacity_before: round(capacityPerSecond),
      capacity_after: round(after.calls / CAPACITY_SECONDS),
      offered_per_second: round(overloaded.offered / seconds),
      goodput_per_second: round(answered / seconds),
      goodput_of_a_second: round(median(overloaded.perSecond)),
      refused_per_second: round((overloaded.statuses["503"] ?? 0) / seconds),
      worker_cores_at_capacity: round((before.workerS + after.workerS) / (2 * CAPACITY_SECONDS)),
      worker_cores: round(overloaded.workerS / seconds),
      worker_us_a_call_at_capacity: round(
        (1e6 * (before.workerS + after.workerS)) / (before.calls + after.calls),
      ),
      worker_us_a_call: round((1e6 * overloaded.workerS) / answered),
      failed: overloaded.failed + recovered.failed,
      refused_after: recovered.statuses["503"] ?? 0,
      unloaded_p99_ms: round(unloaded.latenciesMs.p99),
      admitted_p50_ms: round(overloaded.latenciesMs.p50),
      admitted_p99_ms: round(overloaded.latenciesMs.p99),
      admitted_p99_of_tenths_ms: round(percentile(overloaded.slowestMs, 50)),
      recovery_seconds: lastAboveLimit(recovered),
      // The same of the five seconds before the overload: what is not 0 here is a pause that has nothing to do with it.
      recovery_seconds_before: lastAboveLimit(unloaded),
      recovered_p99_ms: round(recovered.latenciesMs.p99),
    },
    ratios: {
      goodput_of_capacity: round(answered / seconds / capacity),
      goodput_of_capacity_in_the_same_processor_time: round(answered / overloaded.workerS / capacityPerS),
      admitted_p99_vs_unloaded: round(overloaded.latenciesMs.p99 / unloaded.latenciesMs.p99),
      nginx_goodput_of_capacity: nginx.goodput_of_capacity,
      nginx_admitted_p99_vs_unloaded: nginx.admitted_p99_vs_unloaded,
    },
  };
}
