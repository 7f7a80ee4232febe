import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tollgate } from "../kit/cli.ts";
import { Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { dayLasts } from "../kit/day.ts";
import { startKafka } from "../kit/kafka.ts";
import { until } from "../kit/process.ts";
import { type RedisServer, startRedis } from "../kit/redis.ts";
import { mock, proxy, resourceOf } from "../kit/rest-api.ts";
import { startHttpUpstream } from "../kit/upstream.ts";

const API = "sharedapi1";
const NODES = 3;
describe("three nodes that share their limits by a Redis", () => {
  const scope = new AsyncDisposableStack();
  let redis: RedisServer;
  let cluster: Cluster;
  const value = (id: string) => `${id}-of-the-spec-of-shared-limits`;

  const call = async (node: ClusterNode, path: string, key = "") => {
    const headers = key === "" ? {} : { "x-api-key": value(key) };
    const response = await fetch(`${stageUrl(node, API, "live")}/${path}`, { headers });
    return {
      status: response.status,
      retryAfter: response.headers.get("retry-after"),
      body: await response.text(),
    };
  };
  let turn = 0;
  /** Calls in turns to all nodes; how many were admitted. */
  const admitted = async (count: number, path: string, key = "", nodes = cluster.nodes) => {
    let served = 0;
    for (let i = 0; i < count; i++) {
      const node = nodes[turn++ % nodes.length] as ClusterNode;
      if ((await call(node, path, key)).status === 200) served++;
    }
    return served;
  };
  /** Calls until so many were admitted: on a busy machine one may be refused because the next part of a quota took too long to come. */
  const admit = async (count: number, key: string, nodes = cluster.nodes) => {
    let left = count;
    await until(
      () => `${left} of ${count} calls are admitted too`,
      async () => {
        left -= await admitted(left, "keyed", key, nodes);
        return left === 0;
      },
    );
  };

  let today = "";
  /** [used, remaining] of today, as AWS's GetUsage tells it. */
  const usage = async (key: string): Promise<readonly number[]> => {
    const query = `startDate=${today}&endDate=${today}&keyId=${key}`;
    const response = await fetch(`${cluster.controlUrl}/usageplans/${key}/usage?${query}`);
    const { values } = (await response.json()) as { values: Record<string, number[][]> };
    return values[key]?.[0] as number[];
  };
  const setRemaining = async (key: string, remaining: number) => {
    const patch = { patchOperations: [{ op: "replace", path: "/remaining", value: String(remaining) }] };
    const url = `${cluster.controlUrl}/usageplans/${key}/keys/${key}/usage`;
    const response = await fetch(url, { method: "PATCH", body: JSON.stringify(patch) });
    expect(response.status).toBe(200);
  };
  /** A plan with a quota, and a key of the same id. */
  const plan = async (id: string, limit: number) => {
    const { revision } = await cluster.apply([
      {
        kind: "UsagePlan",
        id,
        spec: { name: id, apiStages: [{ apiId: API, stage: "live" }], quota: { limit, period: "DAY" } },
      },
      { kind: "ApiKey", id, spec: { enabled: true, value: value(id), usagePlanIds: [id] } },
    ]);
    await cluster.waitApplied(revision);
  };

  beforeAll(async () => {
    const [kafka, server] = await Promise.all([startKafka(), startRedis()]);
    scope.use(kafka);
    redis = scope.use(server);
    cluster = scope.use(
      await Cluster.start({
        kafka: kafka.broker,
        nodes: NODES,
        workers: 2,
        env: {
          TOLLGATE_REDIS: redis.url,
          TOLLGATE_CACHE_KEY: Buffer.alloc(32, 1).toString("base64"),
          // The machine of a test may be busy.
          TOLLGATE_CACHE_LOOKUP_MS: "1000",
          TOLLGATE_AUTH: "none",
        },
      }),
    );
    await cluster.apply([
      { kind: "RestApi", id: API, spec: { name: "shared" } },
      resourceOf(API, "few", "/few", { GET: mock("ok") }),
      resourceOf(API, "keyed", "/keyed", { GET: { ...mock("ok"), apiKeyRequired: true } }),
    ]);
    await cluster.deploy(API, "live");
    const { entity } = await cluster.config.get({ kind: "Stage", apiId: API, id: "live" });
    const spec = {
      ...JSON.parse(entity?.specJson ?? "{}"),
      methodSettings: { "few/GET": { throttlingRateLimit: 0.01, throttlingBurstLimit: 12 } },
    };
    const { revision } = await cluster.apply([{ kind: "Stage", apiId: API, id: "live", spec }]);
    await cluster.waitApplied(revision);
    await dayLasts();
    today = new Date().toISOString().slice(0, 10);
  });
  afterAll(() => scope.disposeAsync());

  it("admit a burst once, not once each, and say when to try again", async () => {
    const few = await admitted(60, "few");
    expect(few).toBeGreaterThanOrEqual(12);
    // Credit that a node had before it heard of the others' calls: for each of them, one call of so small a burst.
    expect(few).toBeLessThan(12 + NODES);
    const { status, retryAfter, body } = await call(cluster.nodes[0] as ClusterNode, "few");
    expect([status, body]).toEqual([429, '{"message":"Too Many Requests"}']);
    expect(Number(retryAfter)).toBeGreaterThan(0);
  });

  it("let a quota be used up once, and GetUsage knows it", async () => {
    await plan("quota1", 50);
    await admit(20, "quota1");
    await until("what was leased ahead is back", async () => (await usage("quota1"))[0] === 20);
    expect(await usage("quota1")).toEqual([20, 30]);
    await admit(30, "quota1");
    await until("all is used", async () => (await usage("quota1")).join() === "50,0");
    expect(await admitted(30, "keyed", "quota1")).toBe(0);
  });

  it("are explained by the CLI, with what is left of each", async () => {
    const explained = (...args: string[]) =>
      tollgate(["explain", "limits", API, "live", "GET", ...args], cluster.cliEnv);
    const throttled = await explained("/few");
    expect(throttled.stdout).toMatch(
      /method +0\.01 +12 +-?\d(\.\d)? .*Stage\/live\.methodSettings\.few\/GET/,
    );
    expect(throttled.stderr).toContain(`${NODES} nodes count together`);
    const keyed = await explained("/keyed", "--key", "quota1");
    expect(keyed.stdout).toContain(`50 in DAY-${today}`);
    expect(keyed.stdout).toMatch(/UsagePlan\/quota1\.quota/);
    expect((await explained("/keyed")).stdout).toBe("no limit applies\n");
    expect((await explained("/few", "--key", "nobody")).exitCode).not.toBe(0);
  });

  it("take over what UpdateUsage sets", async () => {
    await setRemaining("quota1", 7);
    expect((await usage("quota1"))[1]).toBe(7);
    await until(
      "a node knows it",
      async () => (await call(cluster.nodes[0] as ClusterNode, "keyed", "quota1")).status === 200,
    );
    await admit(6, "quota1");
    expect(await admitted(30, "keyed", "quota1")).toBe(0);
    expect((await usage("quota1"))[1]).toBe(0);
  });

  it("give back what a killed node had leased and not used, when metering has counted its calls", async () => {
    await plan("quota4", 100_000);
    const node = cluster.nodes[0] as ClusterNode;
    await Promise.all(Array.from({ length: 8 }, () => admit(40, "quota4", [node])));
    await node.part.kill("SIGKILL");
    const key = `tollgate:quota:000000000000/quota4/quota4:DAY-${today}`;
    const out = async () => Number(await redis.cli("hget", key, "o"));
    expect(await out()).toBeGreaterThan(0);
    await cluster.startNode(node.id);
    await until("the lease is settled", async () => (await out()) === 0, 60_000);
    expect(await usage("quota4")).toEqual([320, 100_000 - 320]);
  });

  it("ask the upstream and the function of an authorizer once, and forget an entry together", async () => {
    const asked = { function: 0, upstream: 0 };
    await using upstream = await startHttpUpstream(async (request, response) => {
      if (!request.url?.includes("/functions/")) {
        response.end(`made ${++asked.upstream}`);
        return;
      }
      asked.function++;
      const statement = { Action: "execute-api:Invoke", Effect: "Allow", Resource: "*" };
      response.end(
        JSON.stringify({
          principalId: "me",
          policyDocument: { Version: "2012-10-17", Statement: [statement] },
        }),
      );
    });
    const arn = "arn:aws:lambda:eu-west-3:000000000000:function:guard";
    const uri = `arn:aws:apigateway:eu-west-3:lambda:path/2015-03-31/functions/${arn}/invocations`;
    const spec = { type: "TOKEN", name: "guard", authorizerUri: uri };
    await cluster.apply([
      { kind: "ServiceEndpoint", id: "lambda.eu-west-3", spec: { url: upstream.origin } },
      { kind: "RestApi", id: "cachedapi1", spec: { name: "cached" } },
      { kind: "Authorizer", apiId: "cachedapi1", id: "guard1", spec },
      resourceOf("cachedapi1", "kept", "/kept", {
        GET: { ...proxy(upstream.origin), authorizationType: "CUSTOM", authorizerId: "guard1" },
      }),
    ]);
    await cluster.deploy("cachedapi1", "live");
    const { entity } = await cluster.config.get({ kind: "Stage", apiId: "cachedapi1", id: "live" });
    const cached = {
      cacheClusterEnabled: true,
      cacheClusterSize: "0.5",
      methodSettings: { "kept/GET": { cachingEnabled: true, requireAuthorizationForCacheControl: false } },
    };
    const { revision } = await cluster.apply([
      {
        kind: "Stage",
        apiId: "cachedapi1",
        id: "live",
        spec: { ...JSON.parse(entity?.specJson ?? "{}"), ...cached },
      },
    ]);
    await cluster.waitApplied(revision);
    const kept = async (node: ClusterNode, headers: Record<string, string> = {}) => {
      const response = await fetch(`${stageUrl(node, "cachedapi1", "live")}/kept`, {
        headers: { Authorization: "good", Connection: "close", ...headers },
      });
      return `${response.status} ${await response.text()}`;
    };
    const all = () =>
      Promise.all(cluster.nodes.flatMap((node) => Array.from({ length: 6 }, () => kept(node))));
    expect([new Set(await all()), asked]).toEqual([new Set(["200 made 1"]), { function: 1, upstream: 1 }]);
    expect(await kept(cluster.nodes[1] as ClusterNode, { "Cache-Control": "max-age=0" })).toBe("200 made 2");
    await until("all nodes have heard of it", async () => new Set(await all()).size === 1);
    expect([new Set(await all()), asked.function]).toEqual([new Set(["200 made 2"]), 1]);
  });

  it("remember a quota when Redis has lost everything", async () => {
    await plan("quota2", 300);
    await admit(100, "quota2");
    await until("the nodes have told what they gave out", async () => (await usage("quota2"))[0] === 100);
    await redis.kill();
    await redis.restart();
    await until("the nodes have told the server", async () => (await usage("quota2"))[0] === 100);
    expect((await usage("quota2"))[1]).toBe(200);
  });

  it("remember a quota that only metering knows any more", async () => {
    await until("the nodes lease again", async () => (await admitted(3, "keyed", "quota2")) === 3);
    await plan("quota3", 100);
    await admit(40, "quota3");
    await until("metering has counted", async () => {
      const { rows } = await cluster.usage.queryKeyUsage({
        usagePlanId: "quota3",
        startTimeUnixMs: BigInt(Date.parse(today)),
        endTimeUnixMs: BigInt(Date.parse(today) + 86_400_000),
      });
      return Number(rows[0]?.callCount ?? 0) === 40;
    });
    await Promise.all(cluster.nodes.map((node) => node.part.kill("SIGKILL")));
    await redis.kill();
    for (const { id } of cluster.nodes)
      rmSync(join(cluster.home, "nodes", "data-plane", id, "shared-limits.db"));
    await redis.restart();
    await Promise.all(cluster.nodes.map(({ id }) => cluster.startNode(id)));
    await until(
      "the control plane has told the server",
      async () =>
        (await redis.cli("hget", "tollgate:quota:000000000000/quota3/quota3:DAY-" + today, "u")) === "40",
    );
    await admit(60, "quota3");
    expect(await admitted(20, "keyed", "quota3")).toBe(0);
  });
});
