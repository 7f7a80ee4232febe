import { HTTP1_READERS } from "../../packages/data-plane/src/listener/http1/http1-readers.ts";
import { startGateway } from "../kit/gateway.ts";
import { workersOf } from "../kit/process.ts";
import { proxy } from "../kit/rest-api.ts";
import { round } from "./cpu.ts";
import { usOfCall } from "./cpu-of-calls.ts";
import { type LoadReport, spreadOf } from "./report.ts";
import { startAnswerer } from "./rivals.ts";
import { inTurns, type Turns } from "./turns.ts";

/** listeners compares the processor time of a worker for a bare call where the gateway itself reads HTTP/1.1 with what it is where Node does, in turns of one run. */
export async function listeners(turns: Turns): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const start = async (reader: string) => {
    const others = new Set(workersOf(process.pid));
    const gateway = scope.use(await startGateway({ TOLLGATE_LISTENER: reader }));
    const api = await gateway.deploy({ "GET /bare": proxy(`${upstream.url}/bare`) });
    const workers = workersOf(process.pid).filter((pid) => !others.has(pid));
    const url = `http://127.0.0.1:${gateway.httpPort}/_aws/execute-api/${api}/prod/bare`;
    return (duration: number) => usOfCall(() => workers, { url }, duration);
  };
  const [own, node] = HTTP1_READERS;
  const rounds = await inTurns({ own: await start(own), node: await start(node) }, turns);
  const { median, min, max } = spreadOf(rounds.ratio("own", "node"));
  return {
    figures: rounds.medians("us_per_call"),
    ratios: { own_vs_node: round(median), own_vs_node_min: round(min), own_vs_node_max: round(max) },
  };
}
