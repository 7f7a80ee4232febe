import { Pool } from "undici";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { usOfCall } from "./cpu-of-calls.ts";
import { type OneNode, startOneNode } from "./one-node.ts";
import { type GrowingReport, growthOf } from "./report.ts";
import { startNginx } from "./rivals.ts";
import { servedBodies } from "./served-bodies.ts";
import { inTurns, type Turns } from "./turns.ts";
import { callingLines, wrkScripts } from "./wrk-script.ts";

const API = "sizes00001";
const PLAN = "plan000001";
const KEYS_AT_ONCE = 2_000;
const AT_ONCE = 32;
const MANY = { rateLimit: 1_000_000, burstLimit: 1_000_000 };

/** Sizes of what grows. */
export interface Sizes {
  readonly stages: readonly number[];
  readonly keys: readonly number[];
  readonly bytes: readonly number[];
}

const valueOf = (i: number | string): string => `value-of-key-number-${i}`;

async function startUpstream(scope: AsyncDisposableStack, bytes: readonly number[]): Promise<string> {
  const root = servedBodies(scope, bytes);
  const bare = `location /bare { return 200 '${"x".repeat(300)}'; }`;
  return scope.use(await startNginx(`location / { root ${root}; } ${bare}`)).url;
}

/** An API with a stage of each number, a method that needs a key, and one of each size of response. */
async function configure({ cluster }: OneNode, upstream: string, sizes: Sizes): Promise<void> {
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    resourceOf(API, "bare", "/bare", { GET: proxy(`${upstream}/bare`) }),
    resourceOf(API, "keyed", "/keyed", { GET: { ...proxy(`${upstream}/bare`), apiKeyRequired: true } }),
    ...sizes.bytes.map((size) =>
      resourceOf(API, `b${size}`, `/b${size}`, { GET: proxy(`${upstream}/${size}`) }),
    ),
  ]);
  const { deployment } = await cluster.deployments.createDeployment({ apiId: API });
  await cluster.apply(
    Array.from({ length: Math.max(...sizes.stages) }, (_, i) => ({
      kind: "Stage",
      apiId: API,
      id: `s${i}`,
      spec: { deploymentId: deployment?.id },
    })),
  );
  const keys = Math.max(...sizes.keys);
  const apiStages = [{ apiId: API, stage: "s0" }];
  let { revision } = await cluster.apply([
    { kind: "UsagePlan", id: PLAN, spec: { name: "plan", apiStages, throttle: MANY } },
  ]);
  for (let from = 0; from < keys; from += KEYS_AT_ONCE)
    ({ revision } = await cluster.apply(
      Array.from({ length: Math.min(KEYS_AT_ONCE, keys - from) }, (_, i) => ({
        kind: "ApiKey",
        id: `key${from + i}`,
        spec: { name: `key ${from + i}`, value: valueOf(from + i), enabled: true, usagePlanIds: [PLAN] },
      })),
    ));
  await cluster.waitApplied(revision);
}

/** Calls with each key once: a node looks up those that it meets for the first time. */
async function meetKeys(base: URL, count: number): Promise<void> {
  const pool = new Pool(base.origin, { connections: AT_ONCE });
  let next = 0;
  const call = async () => {
    while (next < count) {
      const headers = { "x-api-key": valueOf(next++) };
      const { statusCode, body } = await pool.request({
        path: `${base.pathname}/keyed`,
        method: "GET",
        headers,
      });
      await body.dump();
      if (statusCode !== 200) throw new Error(`a call with a key got ${statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, call));
  await pool.close();
}

/** sizes measures how the processor time of a call grows with the stages and the API keys that are called at random, and with the size of the response. */
export async function sizes(sizes: Sizes, turns: Turns): Promise<GrowingReport<"sizes">> {
  await using scope = new AsyncDisposableStack();
  const upstream = await startUpstream(scope, sizes.bytes);
  const tollgate = await startOneNode(scope);
  await configure(tollgate, upstream, sizes);
  const base = new URL(tollgate.url(API, "s0"));
  await meetKeys(base, Math.max(...sizes.keys));
  const write = wrkScripts(scope);
  const measure = async (of: readonly number[], linesOf: (size: number) => readonly string[]) => {
    const ways = of.map((size) => {
      const script = write(linesOf(size));
      return [String(size), (s: number) => usOfCall(tollgate.pids, { url: base.origin, script }, s)] as const;
    });
    return growthOf(of, await inTurns(Object.fromEntries(ways), turns));
  };
  const root = base.pathname.replace(/s0$/, "");
  const keyed = { path: `"${base.pathname}/keyed"`, header: ["x-api-key", `"${valueOf("")}" .. i`] } as const;
  return {
    figures: {},
    ratios: {},
    growth: {
      stages: await measure(sizes.stages, (count) =>
        callingLines({ count, path: `"${root}s" .. i .. "/bare"` }),
      ),
      api_keys: await measure(sizes.keys, (count) => callingLines({ count, ...keyed })),
      response_bytes: await measure(sizes.bytes, (size) =>
        callingLines({ count: 1, path: `"${base.pathname}/b${size}"` }),
      ),
    },
  };
}
