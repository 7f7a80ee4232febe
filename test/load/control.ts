import { Pool } from "undici";
import { signRequest } from "@tollgate/iam";
import { Cluster } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { startKafka } from "../kit/kafka.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import { percentile, round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";

const API = "controlapi";
const SECRETS_KEY = Buffer.alloc(32, 7).toString("base64");

const resource = (i: number, text = "") =>
  resourceOf(API, `r${i}`, `/group${i % 70}/r${i}`, { GET: mock(text) });

async function timed(count: number, write: (i: number) => Promise<unknown>): Promise<number[]> {
  const ms: number[] = [];
  for (let i = 0; i < count; i++) {
    const startMs = performance.now();
    await write(i);
    ms.push(performance.now() - startMs);
  }
  return ms;
}

/** control measures writes of config on etcd: one of a whole API, until two nodes serve it, and many of one entity. */
export async function control({ methods, writes }: { methods: number; writes: number }): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const etcd = scope.use(await startEtcd());
  const kafka = scope.use(await startKafka());
  const env = { TOLLGATE_SECRETS_KEY: SECRETS_KEY };
  const cluster = scope.use(
    await Cluster.start({ etcd: etcd.url, kafka: kafka.broker, nodes: 2, workers: 1, env }),
  );
  // A stage that each change goes to, so that one apply is live when the nodes have it.
  await cluster.apply([{ kind: "RestApi", id: API, spec: { name: "control" } }, resource(0)]);
  const { deployment } = await cluster.deployments.createDeployment({ apiId: API, stageName: "prod" });
  const stage = (autoDeploy: boolean) => ({
    kind: "Stage",
    apiId: API,
    id: "prod",
    spec: { deploymentId: deployment?.id, autoDeploy },
  });
  const { revision } = await cluster.apply([stage(true)]);
  await cluster.waitApplied(revision);

  const startMs = performance.now();
  const many = await cluster.apply(Array.from({ length: methods }, (_, i) => resource(i, "new")));
  const answeredMs = performance.now();
  await cluster.waitApplied(many.revision);
  const appliedMs = performance.now();
  await cluster.apply([stage(false)]);

  const grpcMs = await timed(writes, (i) => cluster.apply([resource(i % methods, `write ${i}`)]));
  const pool = new Pool(cluster.controlUrl, { connections: 1 });
  scope.defer(async () => {
    await pool.close();
  });
  const { host } = new URL(cluster.controlUrl);
  const awsMs = await timed(writes, async (i) => {
    const path = `/restapis/${API}/resources/r${i % methods}/methods/GET`;
    const patch = { op: "replace", path: "/operationName", value: `Write${i}` };
    const request = {
      method: "PATCH",
      path,
      query: "",
      headers: ["host", host],
      body: JSON.stringify({ patchOperations: [patch] }),
    };
    const added = signRequest(request, {
      credentials: { ...cluster.rootKey, sessionToken: undefined },
      region: "us-east-1",
      service: "apigateway",
      unixMs: Date.now(),
    });
    const { statusCode, body } = await pool.request({
      method: "PATCH",
      path,
      body: request.body,
      headers: [...request.headers, ...added],
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${path} was answered ${statusCode} ${text}`);
  });
  const shown = (name: string, ms: readonly number[]) => ({
    [`${name}_p50_ms`]: round(percentile(ms, 50)),
    [`${name}_p99_ms`]: round(percentile(ms, 99)),
    [`${name}_max_ms`]: round(Math.max(...ms)),
  });
  return {
    figures: {
      methods,
      writes,
      apply_answered_ms: round(answeredMs - startMs),
      apply_live_ms: round(appliedMs - startMs),
      ...shown("grpc_write", grpcMs),
      ...shown("aws_write", awsMs),
    },
    ratios: {
      apply_of_5s: round((appliedMs - startMs) / 5_000),
      grpc_p99_of_30ms: round(percentile(grpcMs, 99) / 30),
      aws_p99_of_30ms: round(percentile(awsMs, 99) / 30),
    },
  };
}
