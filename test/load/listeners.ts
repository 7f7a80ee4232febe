import { HTTP1_READERS } from "../../packages/data-plane/src/listener/http1/http1-readers.ts";
import { startGateway } from "../kit/gateway.ts";
import { workersOf } from "../kit/process.ts";
import { proxy } from "../kit/rest-api.ts";
import { cpuMs, median, round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";
import { startAnswerer, wrk } from "./rivals.ts";

const CONNECTIONS = 32;
const WARM_UP_SECONDS = 2;

/** listeners compares the processor time of a worker for a bare call where the gateway itself reads HTTP/1.1 with what it is where Node does, in turns of one run. */
export async function listeners({
  seconds,
  rounds,
}: {
  readonly seconds: number;
  readonly rounds: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const start = async (reader: string) => {
    const others = new Set(workersOf(process.pid));
    const gateway = scope.use(await startGateway({ TOLLGATE_LISTENER: reader }));
    const api = await gateway.deploy({ "GET /bare": proxy(`${upstream.url}/bare`) });
    const workers = workersOf(process.pid).filter((pid) => !others.has(pid));
    const url = `http://127.0.0.1:${gateway.httpPort}/_aws/execute-api/${api}/prod/bare`;
    return async (duration: number) => {
      const before = cpuMs(workers);
      const { calls, bad } = await wrk(url, CONNECTIONS, duration);
      if (calls === 0 || bad > 0) throw new Error(`${reader}: ${calls} calls, ${bad} of them failed`);
      return ((cpuMs(workers) - before) * 1000) / calls;
    };
  };
  const [own, node] = HTTP1_READERS;
  const measureOwn = await start(own);
  const measureNode = await start(node);
  for (const measure of [measureOwn, measureNode]) await measure(WARM_UP_SECONDS);
  const pairs: { readonly own: number; readonly node: number }[] = [];
  for (let i = 0; i < rounds; i++)
    pairs.push({ own: await measureOwn(seconds), node: await measureNode(seconds) });
  const ratios = pairs.map((pair) => pair.own / pair.node);
  return {
    figures: {
      own_us_per_call: round(median(pairs.map((pair) => pair.own)), 1),
      node_us_per_call: round(median(pairs.map((pair) => pair.node)), 1),
    },
    ratios: {
      own_vs_node: round(median(ratios)),
      own_vs_node_min: round(Math.min(...ratios)),
      own_vs_node_max: round(Math.max(...ratios)),
    },
  };
}
