import { Cluster, stageUrl } from "../kit/cluster.ts";
import { drive } from "../kit/http-driver.ts";
import { startKafka } from "../kit/kafka.ts";
import { until } from "../kit/process.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { startHttpUpstream } from "../kit/upstream.ts";
import type { LoadReport } from "./report.ts";

const API = "editedapi1";
const CALLS_PER_EDIT = 200;

/** edits changes a route that is being called and counts the calls that did not get the right response of one version or the other. */
export async function edits({ count }: { readonly count: number }): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const kafka = scope.use(await startKafka());
  const upstream = scope.use(await startHttpUpstream((request, response) => response.end(request.url)));
  const cluster = scope.use(await Cluster.start({ kafka: kafka.broker, nodes: 2, workers: 2 }));
  const resource = (version: number) =>
    resourceOf(API, "edited", "/x", { GET: proxy(`${upstream.origin}/v${version}`) });
  await cluster.apply([{ kind: "RestApi", id: API, spec: { name: "edits" } }, resource(0)]);
  await cluster.waitApplied(await cluster.deploy(API, "prod"));
  const stop = new AbortController();
  let answered = 0;
  const failed: string[] = [];
  const versions = new Set<string>();
  const traffic = Promise.all(
    cluster.nodes.map((node) =>
      drive({
        origin: `http://127.0.0.1:${node.httpPort}`,
        path: () => `${new URL(stageUrl(node, API, "prod")).pathname}/x`,
        concurrency: 8,
        signal: stop.signal,
        onAnswer: (_i, { status, body }) => {
          answered++;
          if (status === 200 && body.startsWith("/v")) versions.add(body);
          else failed.push(`${status} ${body}`);
        },
        onFailure: (_i, error) => failed.push(String(error)),
      }),
    ),
  );
  await until("the first version is served", () => versions.size > 0 || failed.length > 0);
  for (let version = 1; version <= count; version++) {
    await cluster.apply([resource(version)]);
    await cluster.waitApplied(await cluster.deploy(API, "prod"));
    const goal = answered + CALLS_PER_EDIT;
    await until(`${CALLS_PER_EDIT} more calls`, () => answered >= goal, 60_000);
  }
  stop.abort();
  await traffic;
  for (const message of failed.slice(0, 5)) console.error(message);
  return {
    figures: { edits: count, calls: answered, failed: failed.length, versions_seen: versions.size },
    ratios: {},
  };
}
