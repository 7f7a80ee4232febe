import { startGateway } from "../kit/gateway.ts";
import { workersOf } from "../kit/process.ts";
import { proxy } from "../kit/rest-api.ts";
import { apart, CAPACITY_SECONDS, Callee, CONNECTIONS, timed } from "./callee.ts";
import { median, percentile, round } from "./cpu.ts";
import { goFirst, type OpenLoopResult, type Percentiles } from "./open-loop.ts";
import type { LoadReport } from "./report.ts";
import { startAnswerer, startNginxProxy } from "./rivals.ts";

/**
 * besideNginx is what the same machine does to nginx, which refuses nobody: a call costs more where it comes from one of thousands of
 * connections, because neither the kernel nor the process finds what belongs to it in the caches of the processor.
 */
async function besideNginx(upstream: string, seconds: number, times: number) {
  await using nginx = await startNginxProxy(upstream, { kept: CONNECTIONS });
  await apart(nginx.pids());
  const callee = new Callee(`${nginx.url}/bare`, upstream);
  const { calls } = await callee.capacity(await callee.warm());
  const capacity = calls / CAPACITY_SECONDS;
  const unloaded = await callee.unloaded(capacity);
  const overloaded = await callee.at(times * capacity, seconds);
  return {
    goodput_of_capacity: round((overloaded.statuses["200"] ?? 0) / seconds / capacity),
    admitted_p99_vs_unloaded: ratioOf(overloaded.latenciesMs.total, unloaded.latenciesMs.total),
  };
}

const ms = ({ p99 }: Percentiles): number => round(p99 ?? Number.NaN);
const ratioOf = (over: Percentiles, unloaded: Percentiles): number =>
  round((over.p99 ?? Number.NaN) / (unloaded.p99 ?? Number.NaN));

/** Whose time the calls took: the gateway's with its upstream, and that of the program that calls, which shares a core with the upstream. */
function partsOf(name: string, { latenciesMs, floorMs }: OpenLoopResult): Record<string, number> {
  return {
    [`${name}_p50_ms`]: round(latenciesMs.total.p50 ?? Number.NaN),
    [`${name}_p99_ms`]: ms(latenciesMs.total),
    [`${name}_p99_of_gateway_ms`]: ms(latenciesMs.server),
    [`${name}_p99_of_client_before_ms`]: ms(latenciesMs.late),
    [`${name}_p99_of_client_after_ms`]: ms(latenciesMs.heard),
    [`${name}_p99_of_upstream_alone_ms`]: floorMs ? ms(floorMs.server) : Number.NaN,
    [`${name}_p99_of_upstream_and_client_ms`]: floorMs ? ms(floorMs.total) : Number.NaN,
  };
}

export interface OverloadOptions {
  readonly seconds: number;
  /** So many times the calls that a worker can answer are offered. */
  readonly times: number;
  /** Whether nginx is offered the same. */
  readonly besideNginx: boolean;
}

/**
 * overload offers a worker more calls than it can answer. It must go on answering as many as before, quickly, and refuse the others;
 * and when the load is gone it must be as before within two seconds.
 */
export async function overload({ seconds, times, ...options }: OverloadOptions): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const reader = process.env.TOLLGATE_LISTENER;
  const gateway = scope.use(await startGateway(reader ? { TOLLGATE_LISTENER: reader } : {}));
  const apiId = await gateway.deploy({ "GET /bare": proxy(`${upstream.url}/bare`) });
  const url = `http://127.0.0.1:${gateway.httpPort}/_aws/execute-api/${apiId}/prod/bare`;
  const isApart = await apart(workersOf(process.pid));
  await goFirst(upstream.pids());
  const callee = new Callee(url, `${upstream.url}/bare`);
  const enough = await callee.warm();
  const before = await callee.capacity(enough);
  const capacityPerSecond = before.calls / CAPACITY_SECONDS;
  const unloaded = await callee.unloaded(capacityPerSecond);
  const overloaded = await timed(() => callee.at(times * capacityPerSecond, seconds));
  const recovered = await callee.unloaded(capacityPerSecond);
  // The capacity of a shared machine changes: it is the mean of before and after.
  const after = await callee.capacity(enough);
  const capacity = (before.calls + after.calls) / (2 * CAPACITY_SECONDS);
  const answered = overloaded.statuses["200"] ?? 0;
  // The load takes processor time, too, and here it is that of the same machine: what the worker makes of the time that it gets is compared besides.
  const capacityPerS = (before.calls + after.calls) / (before.workerS + after.workerS);
  const limitMs = 5 * (unloaded.latenciesMs.total.p99 ?? Number.NaN);
  const nginx = options.besideNginx ? await besideNginx(upstream.url, seconds / 4, times) : undefined;
  const lastAboveLimit = ({ slowestMs }: OpenLoopResult) =>
    (slowestMs.findLastIndex((slowest) => slowest > limitMs) + 1) / 10;
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
      ...partsOf("unloaded", unloaded),
      ...partsOf("admitted", overloaded),
      admitted_p99_of_tenths_ms: round(percentile(overloaded.slowestMs, 50)),
      recovery_seconds: lastAboveLimit(recovered),
      // The same of the five seconds before the overload: what is not 0 here is a pause that has nothing to do with it.
      recovery_seconds_before: lastAboveLimit(unloaded),
      recovered_p99_ms: ms(recovered.latenciesMs.total),
    },
    ratios: {
      goodput_of_capacity: round(answered / seconds / capacity),
      goodput_of_capacity_in_the_same_processor_time: round(answered / overloaded.workerS / capacityPerS),
      admitted_p99_vs_unloaded: ratioOf(overloaded.latenciesMs.total, unloaded.latenciesMs.total),
      admitted_p99_vs_unloaded_of_gateway: ratioOf(
        overloaded.latenciesMs.server,
        unloaded.latenciesMs.server,
      ),
      ...(nginx && {
        nginx_goodput_of_capacity: nginx.goodput_of_capacity,
        nginx_admitted_p99_vs_unloaded: nginx.admitted_p99_vs_unloaded,
      }),
    },
  };
}
