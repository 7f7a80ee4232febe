import type { Cluster } from "../kit/cluster.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { median, round } from "./cpu.ts";
import { usOfCall } from "./cpu-of-calls.ts";
import { type OneNode, startOneNode } from "./one-node.ts";
import type { GrowingReport, GrowthPoint, MeasuredReport } from "./report.ts";
import { startAnswerer } from "./rivals.ts";
import { inTurns, type Turns, type Way } from "./turns.ts";
import { callingLines, wrkScripts } from "./wrk-script.ts";

/** Routes of one API; more are in more APIs. */
const OF_AN_API = 10_000;
const GROUPS = 100;

const apiOf = (routes: number, part: number): string => `r${routes}x${part}`.padEnd(10, "0");
const apisOf = (routes: number): number => Math.ceil(routes / OF_AN_API);

async function addRoutes(cluster: Cluster, upstream: string, routes: number): Promise<void> {
  for (let part = 0; part < apisOf(routes); part++) {
    const apiId = apiOf(routes, part);
    const count = Math.min(OF_AN_API, routes);
    await cluster.apply([
      { kind: "RestApi", id: apiId, spec: { name: "load" } },
      ...Array.from({ length: count }, (_, i) =>
        resourceOf(apiId, `r${i}`, `/group${i % GROUPS}/r${i}`, { GET: proxy(`${upstream}/bare`) }),
      ),
    ]);
    await cluster.waitApplied(await cluster.deploy(apiId, "prod"));
  }
}

/** The path of route i of so many, as an expression of Lua. */
const pathOf = (routes: number, base: string): string => {
  const api = apiOf(routes, 0);
  const [before = "", after = ""] = base.split(api);
  const part = `math.floor(i / ${OF_AN_API})`;
  const id = routes > OF_AN_API ? `string.sub("r${routes}x" .. ${part} .. "0000000000", 1, 10)` : `"${api}"`;
  return `"${before}" .. ${id} .. "${after}/group" .. (i % ${OF_AN_API}) % ${GROUPS} .. "/r" .. i % ${OF_AN_API}`;
};

/** routes measures what a call costs a node at random of so many routes, beside another node that has one route only, in turns of one run for each size. */
export async function routes(
  sizes: readonly number[],
  turns: Turns,
): Promise<MeasuredReport<"routes"> & GrowingReport<"routes">> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const [one, many] = [await startOneNode(scope), await startOneNode(scope)];
  const write = wrkScripts(scope);
  const wayTo = ({ pids, url }: OneNode, size: number): Way => {
    const base = new URL(url(apiOf(size, 0), "prod"));
    const script = write(callingLines({ count: size, path: pathOf(size, base.pathname) }));
    return (seconds) => usOfCall(pids, { url: base.origin, script }, seconds);
  };
  await addRoutes(one.cluster, upstream.url, 1);
  const growth: GrowthPoint[] = [];
  const ratios = new Map<number, readonly number[]>();
  for (const size of sizes) {
    const startMs = performance.now();
    await addRoutes(many.cluster, upstream.url, size);
    process.stderr.write(
      `${size} routes are served after ${round((performance.now() - startMs) / 1_000, 1)} s\n`,
    );
    const rounds = await inTurns({ one: wayTo(one, 1), many: wayTo(many, size) }, turns);
    growth.push({ at: size, rounds: rounds.of("many") });
    ratios.set(size, rounds.ratio("many", "one"));
  }
  return {
    figures: {},
    ratios: Object.fromEntries([...ratios].map(([size, of]) => [`random_${size}_vs_one`, round(median(of))])),
    measured: { random_10000_vs_one: ratios.get(10_000) ?? [] },
    growth: { routes: growth },
  };
}
