import { fileURLToPath } from "node:url";
import { run } from "../kit/cache.ts";
import { startGateway } from "../kit/gateway.ts";
import { workersOf } from "../kit/process.ts";
import { proxy } from "../kit/rest-api.ts";
import { cpuMs, median, percentile, round } from "./cpu.ts";
import type { OpenLoopResult } from "./open-loop.ts";
import type { LoadReport } from "./report.ts";
import { startAnswerer, wrk } from "./rivals.ts";

const CONNECTIONS = 2_000;
const CAPACITY_CONNECTIONS = 64;

/** openLoop runs the load in a process of its own. */
async function openLoop(url: string, rate: number, seconds: number): Promise<OpenLoopResult> {
  const script = fileURLToPath(new URL("./open-loop.ts", import.meta.url));
  const options = { url, rate, seconds, connections: CONNECTIONS };
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
  await wrk(url, CAPACITY_CONNECTIONS, 3);
  const before = await timed(() => wrk(url, CAPACITY_CONNECTIONS, 4));
  const unloaded = await openLoop(url, before.calls / 4 / 10, 5);
  const overloaded = await timed(() => openLoop(url, (3 * before.calls) / 4, seconds));
  const recovered = await openLoop(url, before.calls / 4 / 10, 5);
  // The capacity of a shared machine changes: it is the mean of before and after.
  const after = await timed(() => wrk(url, CAPACITY_CONNECTIONS, 4));
  const capacity = (before.calls + after.calls) / 8;
  const answered = overloaded.statuses["200"] ?? 0;
  // The load takes processor time, too, and here it is that of the same machine: what the worker makes of the time that it gets is compared besides.
  const capacityPerS = (before.calls + after.calls) / (before.workerS + after.workerS);
  const limitMs = 5 * unloaded.latenciesMs.p99;
  return {
    figures: {
      capacity_per_second: round(capacity),
      offered_per_second: round(overloaded.offered / seconds),
      goodput_per_second: round(answered / seconds),
      goodput_of_a_second: round(median(overloaded.perSecond)),
      refused_per_second: round((overloaded.statuses["503"] ?? 0) / seconds),
      worker_cores_at_capacity: round((before.workerS + after.workerS) / 8),
      worker_cores: round(overloaded.workerS / seconds),
      failed: overloaded.failed + recovered.failed,
      refused_after: recovered.statuses["503"] ?? 0,
      unloaded_p99_ms: round(unloaded.latenciesMs.p99),
      admitted_p50_ms: round(overloaded.latenciesMs.p50),
      admitted_p99_ms: round(overloaded.latenciesMs.p99),
      admitted_p99_of_tenths_ms: round(percentile(overloaded.slowestMs, 50)),
      recovery_seconds: (recovered.slowestMs.findLastIndex((ms) => ms > limitMs) + 1) / 10,
    },
    ratios: {
      goodput_of_capacity: round(answered / seconds / capacity),
      goodput_of_capacity_in_the_same_processor_time: round(answered / overloaded.workerS / capacityPerS),
      admitted_p99_vs_unloaded: round(overloaded.latenciesMs.p99 / unloaded.latenciesMs.p99),
    },
  };
}
