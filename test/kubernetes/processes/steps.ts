import { createClient } from "@tollgate/proto/grpc";
import { UsageService } from "@tollgate/proto/usage";
import { until } from "../../kit/process.ts";
import { proxy, resourceOf } from "../../kit/rest-api.ts";
import type { Release } from "./release.ts";
import { Traffic } from "./traffic.ts";

const API = "kubernetes";
const STAGE = "prod";
const CALLS_BETWEEN = 300;

function check(isTrue: boolean, message: string): void {
  if (!isTrue) throw new Error(message);
}

/** What the steps of a release share. */
export interface Run {
  readonly release: Release;
  readonly upstream: string;
  traffic?: Traffic;
}

async function apply({ release, upstream }: Run): Promise<void> {
  const entities = [
    { kind: "RestApi", id: API, spec: { name: "kubernetes" } },
    resourceOf(API, "item01", "/item/{id}", {
      GET: proxy(`${upstream}/item/{id}`, {
        requestParameters: { "integration.request.path.id": "method.request.path.id" },
      }),
    }),
  ];
  const manifests = entities.map(({ apiId, ...entity }: (typeof entities)[number] & { apiId?: string }) => ({
    ...entity,
    ...(apiId === undefined ? {} : { restApiId: apiId }),
  }));
  await release.tollgate(["apply", "-f", "-"], manifests.map((one) => JSON.stringify(one)).join("\n---\n"));
  await release.tollgate(["deploy", API, "--stage", STAGE]);
}

async function startTraffic(run: Run): Promise<void> {
  run.traffic = new Traffic(run.release.origins, `/_aws/execute-api/${API}/${STAGE}/item`);
  await run.traffic.more(CALLS_BETWEEN);
}

function trafficOf({ traffic }: Run): Traffic {
  if (!traffic) throw new Error("there is no traffic");
  return traffic;
}

const WORKLOADS = "deployments,statefulsets";
const NODES = "app.kubernetes.io/component=data-plane";

const scaleTo = (replicas: number) => async (run: Run) => {
  const { release } = run;
  await release.kubectl("scale", WORKLOADS, "-l", NODES, `--replicas=${replicas}`);
  await until(
    () => `there are not ${replicas} pods`,
    async () => {
      const { items } = JSON.parse(await release.kubectl("get", "pods", "-l", NODES, "-o", "json")) as {
        items: { status: { conditions?: { type: string; status: string }[] } }[];
      };
      const isReady = ({ status }: (typeof items)[number]) =>
        status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
      return items.length === replicas && items.every(isReady);
    },
    180_000,
  );
  await trafficOf(run).more(CALLS_BETWEEN);
};

async function upgrade(run: Run): Promise<void> {
  await run.release.upgrade("logLevel=warn");
  await trafficOf(run).more(CALLS_BETWEEN);
}

async function rollBack(run: Run): Promise<void> {
  await run.release.rollBack();
  await trafficOf(run).more(CALLS_BETWEEN);
}

async function countCalls(run: Run): Promise<void> {
  const traffic = trafficOf(run);
  await traffic.stop();
  const { failures, responseCount } = traffic;
  check(failures.length === 0, `${failures.length} calls failed:\n${failures.slice(0, 20).join("\n")}`);
  const usage = createClient(UsageService, run.release.metering);
  try {
    let counted = "";
    await until(
      () => `${responseCount} calls were made, usage is ${counted}`,
      async () => {
        const { rows, missingEventCount } = await usage.queryUsage({ apiId: API });
        counted = `${rows[0]?.callCount} calls, ${missingEventCount} missing`;
        return rows[0]?.callCount === BigInt(responseCount) && missingEventCount === 0n;
      },
      60_000,
    );
  } finally {
    usage.close();
  }
}

async function findRestarts({ release }: Run): Promise<void> {
  const restarts = "{range .items[*]}{.metadata.name}={.status.containerStatuses[0].restartCount} {end}";
  const counts = (await release.kubectl("get", "pods", "-o", `jsonpath=${restarts}`)).trim().split(" ");
  const restarted = counts.filter((one) => !one.endsWith("=0"));
  check(restarted.length === 0, `containers were started again: ${restarted.join(", ")}`);
}

async function uninstall({ release }: Run): Promise<void> {
  await release.uninstall();
  await until(
    "its pods are gone",
    async () => (await release.kubectl("get", "pods", "-o", "name")) === "",
    120_000,
  );
}

/** The life of a release under traffic, in which no call fails and no usage is lost. */
export const STEPS: Readonly<Record<string, (run: Run) => Promise<void>>> = {
  "is installed, and its processes are ready": ({ release }) => release.install(),
  "passes the tests of the chart": ({ release }) => release.test(),
  "takes an API by the CLI": apply,
  "serves calls": startTraffic,
  "grows from 2 nodes to 5": scaleTo(5),
  "shrinks to 1 node": scaleTo(1),
  "grows to 2 nodes": scaleTo(2),
  "is upgraded": upgrade,
  "is rolled back": rollBack,
  "has failed no call, and counted each": countCalls,
  "has started no process twice": findRestarts,
  "is removed, and its processes end": uninstall,
};
