import { expect, it } from "vitest";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { metricOf } from "../kit/node-workers.ts";
import { until } from "../kit/process.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";

const API = "blockedapi";
/** Short, for the machine of a test may do much else: what counts is the time of the processor. */
const LIMIT_MS = 1_000;
/** The kernel draws the worker of each connection: so many are never all given to the blocked one. */
const CALLERS = 32;
const FIXTURE = new URL("../fixtures/block-event-loop.mjs", import.meta.url);

it("a worker whose event loop is blocked is replaced and the cause is logged, while the others go on", {
  timeout: 120_000,
}, async () => {
  await using kafka = await startKafka();
  await using cluster = await Cluster.start({
    kafka: kafka.broker,
    nodes: 1,
    workers: 2,
    env: {
      NODE_OPTIONS: `--import=${FIXTURE.href}`,
      TOLLGATE_WATCHDOG_MS: String(LIMIT_MS),
      // What the fixture hooks into.
      TOLLGATE_LISTENER: "node",
    },
  });
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "blocked" } },
    resourceOf(API, "hello1", "/hello", { GET: mock("hello") }),
  ]);
  await cluster.waitApplied(await cluster.deploy(API, "prod"));
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  const url = `${stageUrl(node, API, "prod")}/hello`;

  const blocked = fetch(url, { headers: { "x-block": "1" } }).then(
    ({ status }) => `status ${status}`,
    () => "no response",
  );
  // New connections that the kernel gives to the blocked worker wait for its end; the other worker answers its own.
  let answered = 0;
  let isOver = false;
  const others = Array.from({ length: CALLERS }, async () => {
    while (!isOver) {
      const call = await fetch(url, {
        headers: { connection: "close" },
        signal: AbortSignal.timeout(20_000),
      }).then(
        (response) => response.text(),
        () => "",
      );
      if (call === "hello" && !isOver) answered++;
    }
  });
  await until(
    "the worker ended",
    () => node.part.output().includes("a worker ended and is being replaced"),
    60_000,
  );
  const answeredMeanwhile = answered;
  isOver = true;
  expect(await blocked).toBe("no response");
  await Promise.all(others);
  expect(answeredMeanwhile).toBeGreaterThan(0);

  const line = /^.*the event loop of this worker was blocked.*$/m.exec(node.part.output())?.[0] ?? "{}";
  const { blockedMs, stack } = JSON.parse(line) as { blockedMs: number; stack: string[] };
  expect(blockedMs).toBeGreaterThanOrEqual(LIMIT_MS);
  expect(stack[0]).toMatch(/^blockedByFixture .*block-event-loop\.mjs:/);
  await until("two workers run again", async () => (await metricOf(node, "tollgate_workers")) === 2);
  expect(await metricOf(node, "tollgate_worker_restarts_total")).toBe(1);
  expect(await (await fetch(url)).text()).toBe("hello");
});
