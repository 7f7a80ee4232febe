import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tollgate } from "../kit/cli.ts";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { drive } from "../kit/http-driver.ts";
import { startKafka } from "../kit/kafka.ts";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../kit/otlp.ts";
import { startPostgres } from "../kit/postgres.ts";
import { until } from "../kit/process.ts";
import { startHttpUpstream } from "../kit/upstream.ts";

const DEFINITION = createRequire(import.meta.url).resolve("@github/openapi/dist/api.github.com.json");
const API = "githubapi1";
const STAGE = "live";
const CALLS = 20_000;
const SAMPLE_EVERY = 20;

/** Calls that are sent, and the method of the definition that each is one of. */
const calls = [
  { path: "/repos/acme/rocket", method: "GET /repos/{owner}/{repo}" },
  { path: "/repos/acme/rocket/issues/7", method: "GET /repos/{owner}/{repo}/issues/{issue_number}" },
  { path: "/users/ada/repos?per_page=5", method: "GET /users/{username}/repos" },
  { path: "/meta", method: "GET /meta" },
] as const;
const callAt = (i: number) => calls[i % calls.length] as (typeof calls)[number];

const rootOf = (i: number) => `1-67a0b1c2-${i.toString(16).padStart(24, "0")}`;
const traceIdOf = (i: number) => `67a0b1c2${i.toString(16).padStart(24, "0")}`;
const isSampled = (i: number) => i % SAMPLE_EVERY === 0;

describe("the main job, with real etcd, Kafka, PostgreSQL and an OTLP receiver", () => {
  const scope = new AsyncDisposableStack();
  let cluster: Cluster;
  let otlp: OtlpReceiver;
  const upstreamCalls = new Map<string, number>();
  const upstreamParents = new Map<string, string>();

  beforeAll(async () => {
    const [etcd, kafka, postgres] = await Promise.all([startEtcd(), startKafka(), startPostgres()]);
    for (const service of [etcd, kafka, postgres]) scope.use(service);
    otlp = scope.use(await startOtlpReceiver());
    const upstream = scope.use(
      await startHttpUpstream((request, response) => {
        upstreamCalls.set(request.url as string, (upstreamCalls.get(request.url as string) ?? 0) + 1);
        const [, root = "", parent = ""] =
          /^Root=(.+);Parent=(.+);Sampled=1$/.exec(String(request.headers["x-amzn-trace-id"])) ?? [];
        if (root) upstreamParents.set(root, `${parent} ${String(request.headers.traceparent)}`);
        response.writeHead(200, { "content-type": "application/json", "content-length": 11 });
        response.end('{"ok":true}');
      }),
    );
    cluster = scope.use(
      await Cluster.start({
        etcd: etcd.url,
        kafka: kafka.broker,
        postgres: postgres.url,
        otlp: otlp.url,
        nodes: 2,
        env: { OTEL_TRACES_SAMPLER_ARG: "0" },
      }),
    );
    const imported = await tollgate(
      ["import", DEFINITION, "--api", API, "--proxy-to", upstream.origin, "--keep-going"],
      cluster.cliEnv,
    );
    expect(imported.stderr).toMatch(/compare.*'\{base\}\.\.\.\{head\}'/);
    expect(imported.stdout).toMatch(/API githubapi1: 42\d resources imported/);
  });
  afterAll(() => scope.disposeAsync());

  it("deploys the definition of a real public API to both nodes by CLI", async () => {
    const deployed = await tollgate(["deploy", API, "--stage", STAGE, "--wait"], cluster.cliEnv);
    expect(deployed.stderr + deployed.stdout).toMatch(/66\d methods, live at live/);
    expect(deployed.stdout).toMatch(/node-0 +applied/);
    expect(deployed.stdout).toMatch(/node-1 +applied/);
    expect(deployed.exitCode).toBe(0);
    const stage = await tollgate(["get", "stages", STAGE, "--api", API, "-o", "yaml"], cluster.cliEnv);
    const traced = await tollgate(
      ["apply", "-f", "-", "--wait"],
      cluster.cliEnv,
      stage.stdout.replace("tracingEnabled: false", "tracingEnabled: true"),
    );
    expect(traced.stdout).toContain("1 updated");
    expect(traced.exitCode).toBe(0);
  });

  it("serves 20,000 calls over both nodes", async () => {
    let answered = 0;
    const problems: string[] = [];
    await Promise.all(
      cluster.nodes.map((node, n) => {
        const base = new URL(stageUrl(node, API, STAGE));
        return drive({
          origin: base.origin,
          path: (k) => base.pathname + callAt(k * 2 + n).path,
          headers: (k) =>
            isSampled(k * 2 + n) ? { "x-amzn-trace-id": `Root=${rootOf(k * 2 + n)};Sampled=1` } : {},
          concurrency: 16,
          calls: CALLS / 2,
          onAnswer: (_k, { status, body }) =>
            status === 200 && body === '{"ok":true}' ? answered++ : problems.push(`${status} ${body}`),
          onFailure: (_k, error) => problems.push(String(error)),
        });
      }),
    );
    expect(problems).toEqual([]);
    expect(answered).toBe(CALLS);
    expect([...upstreamCalls.values()].reduce((a, b) => a + b, 0)).toBe(CALLS);
  });

  it("reports exactly 20,000 calls, split as they were sent", async () => {
    const query = async () => {
      const { stdout } = await tollgate(
        ["usage", "--by", "api,stage,method", "--period", "total", "-o", "json"],
        cluster.cliEnv,
      );
      return JSON.parse(stdout) as {
        rows: {
          apiId: string;
          stage: string;
          method: string;
          callCount: number;
          status2xxCount: number;
          responseBytes: number;
        }[];
        missingEventCount: number;
      };
    };
    let usage = await query();
    await until(
      () => `20,000 calls in the records, there are ${JSON.stringify(usage)}`,
      async () => {
        usage = await query();
        return usage.rows.reduce((sum, row) => sum + row.callCount, 0) >= CALLS;
      },
    );
    const split = Object.fromEntries(usage.rows.map((row) => [row.method, row.callCount]));
    expect(split).toEqual(Object.fromEntries(calls.map(({ method }) => [method, CALLS / calls.length])));
    for (const row of usage.rows) {
      expect(row).toMatchObject({
        apiId: API,
        stage: STAGE,
        status2xxCount: CALLS / calls.length,
        responseBytes: (11 * CALLS) / calls.length,
      });
    }
    expect(usage.missingEventCount).toBe(0);
    const table = await tollgate(["usage", "--by", "api,stage", "--period", "hour"], cluster.cliEnv);
    expect(table.stdout).toMatch(/PERIOD +API +STAGE +CALLS/);
  });

  it("exported every sampled trace and no other, the integration's span below the call's", async () => {
    const expected = Array.from({ length: CALLS }, (_, i) => i).filter(isSampled);
    await until(
      () => `${expected.length * 2} spans, there are ${otlp.spans.length}`,
      () => otlp.spans.length >= expected.length * 2,
    );
    const byTrace = Map.groupBy(otlp.spans, (span) => span.traceId);
    expect(byTrace.size).toBe(expected.length);
    for (const i of expected) {
      const spans = byTrace.get(traceIdOf(i)) as ReceivedSpan[];
      expect(spans).toHaveLength(2);
      const call = spans.find((span) => !span.parentSpanId) as ReceivedSpan;
      const integration = spans.find((span) => span.parentSpanId === call.spanId) as ReceivedSpan;
      expect(call.name).toMatch(/^GitHub.*\/live$/);
      expect(call.attributes["http.route"]).toBe(callAt(i).method.slice(4));
      expect(integration.name).toBe("HTTP_PROXY");
      // The trace header that the upstream received names the integration's span.
      expect(upstreamParents.get(rootOf(i))).toBe(
        `${integration.spanId} 00-${traceIdOf(i)}-${integration.spanId}-01`,
      );
    }
  });
});
