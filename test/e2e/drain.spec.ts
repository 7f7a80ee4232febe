import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { accepts, until } from "../kit/process.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { startHttpUpstream } from "../kit/upstream.ts";

const API = "drainedapi";

describe("a node that stops", () => {
  const scope = new AsyncDisposableStack();
  let cluster: Cluster;
  const open: (() => void)[] = [];
  beforeAll(async () => {
    const kafka = scope.use(await startKafka());
    const upstream = scope.use(
      await startHttpUpstream((_request, response) => void open.push(() => response.end("late but whole"))),
    );
    cluster = scope.use(
      await Cluster.start({
        kafka: kafka.broker,
        nodes: 2,
        workers: 2,
        env: { TOLLGATE_DRAIN_DELAY_MS: "300" },
      }),
    );
    await cluster.apply([
      { kind: "RestApi", id: API, spec: { name: "drained" } },
      resourceOf(API, "slow01", "/slow", { GET: proxy(`${upstream.origin}/slow`) }),
    ]);
    await cluster.waitApplied(await cluster.deploy(API, "prod"));
  });
  afterAll(() => scope.disposeAsync());

  it("is not ready at once, finishes the calls in flight, hands over their usage, and exits with 0", async () => {
    const [node] = cluster.nodes;
    if (!node) throw new Error("there is no node");
    const calls = Array.from({ length: 20 }, () =>
      fetch(`${stageUrl(node, API, "prod")}/slow`).then(
        async (r) => `${r.status} ${await r.text()} ${r.headers.get("connection")}`,
      ),
    );
    await until("20 calls are at the upstream", () => open.length === 20);
    const stopped = node.part.kill("SIGTERM");
    await until(
      "the node is not ready",
      async () => (await fetch(`http://127.0.0.1:${node.adminPort}/readyz`)).status === 503,
    );
    // Load balancers are still learning: new calls are taken.
    const late = fetch(`${stageUrl(node, API, "prod")}/slow`).then((r) => r.text());
    await until("the late call is at the upstream", () => open.length === 21);
    await until("no new connections are taken", async () => !(await accepts(node.httpPort)));
    for (const finish of open) finish();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["200 late but whole close"]));
    expect(await late).toBe("late but whole");
    await stopped;
    expect(node.part.child.exitCode).toBe(0);
    await until(
      "all 21 calls in the records",
      async () => (await cluster.usage.queryUsage({})).rows[0]?.callCount === 21n,
    );
  });
});
