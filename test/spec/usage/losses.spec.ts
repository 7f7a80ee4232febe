import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { SourceState as State, UnitsDimension, UsagePeriod } from "@tollgate/proto/usage";
import { createLogger } from "@tollgate/telemetry";
import { createTopicSender, usageTopic } from "@tollgate/usage-stream/kafka";
import { batchOf } from "../../../packages/metering/src/usage-store/batches.contract.ts";
import { run } from "../../kit/cache.ts";
import { tollgate } from "../../kit/cli.ts";
import { Cluster, type ClusterNode, stageUrl } from "../../kit/cluster.ts";
import { measureFreshness } from "../../kit/freshness.ts";
import { drive } from "../../kit/http-driver.ts";
import { type KafkaBroker, startKafka } from "../../kit/kafka.ts";
import { until } from "../../kit/process.ts";
import { pythonPackage } from "../../kit/python.ts";
import { mock, resourceOf } from "../../kit/rest-api.ts";
import { percentile } from "../../load/cpu.ts";

const API = "lossesapi1";
const MB = 1024 * 1024;

let kafka: KafkaBroker;
let cluster: Cluster;
beforeAll(async () => {
  kafka = await startKafka();
  cluster = await Cluster.start({
    kafka: kafka.broker,
    nodes: 2,
    env: { TOLLGATE_SPOOL_MB: "1", TOLLGATE_SILENT_SECONDS: "3" },
  });
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "losses" } },
    resourceOf(API, "mock01", "/mock", { GET: mock("ok") }),
  ]);
  await cluster.waitApplied(await cluster.deploy(API, "prod"));
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await kafka?.[Symbol.asyncDispose]();
});

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const PROTO = fileURLToPath(new URL("../../../proto/", import.meta.url));

const runTypescript = async (example: string): Promise<unknown> => {
  const program = join(EXAMPLES, example, "consumer.ts");
  const { stdout } = await run(process.execPath, ["--no-warnings", program, kafka.broker]);
  return JSON.parse(stdout);
};

/** Runs a consumer with what is generated of some files of proto/. */
async function runPython(example: string, protos: readonly string[]): Promise<unknown> {
  const programs = await pythonPackage(
    "usage-consumer",
    "kafka-python==3.0.12 protobuf==7.36.2 grpcio-tools==1.85.1",
    "python-grpc-tools-protoc",
  );
  const python = join(programs, "python");
  const generated = mkdtempSync(join(tmpdir(), "tollgate-usage-pb2-"));
  onTestFinished(() => rmSync(generated, { recursive: true }));
  const files = [...protos, "tollgate/control/v1/access.proto"];
  await run(python, ["-m", "grpc_tools.protoc", "-I", PROTO, `--python_out=${generated}`, ...files]);
  const { stdout } = await run(python, [join(EXAMPLES, example, "consumer.py"), kafka.broker], {
    env: { ...process.env, PYTHONPATH: generated },
  });
  return JSON.parse(stdout);
}

/** Calls a node so many times, or until `stop`, and returns how often it answered with each status. */
async function call(node: ClusterNode, options: { calls?: number; until?: (status: number) => boolean }) {
  const base = new URL(stageUrl(node, API, "prod"));
  const counts: Record<number, number> = {};
  const stop = new AbortController();
  await drive({
    origin: base.origin,
    path: () => `${base.pathname}/mock`,
    concurrency: 16,
    signal: stop.signal,
    ...(options.calls ? { calls: options.calls } : {}),
    onAnswer: (_i, { status }) => {
      counts[status] = (counts[status] ?? 0) + 1;
      if (options.until?.(status)) stop.abort();
    },
    onFailure: (_i, error) => {
      throw error;
    },
  });
  return counts;
}

const nodeOf = (id: string) => cluster.nodes.find((node) => node.id === id) as ClusterNode;
const folderOf = (id: string) => join(cluster.home, "nodes", "data-plane", id);
const spoolBytes = (id: string) =>
  readdirSync(join(folderOf(id), "spool"))
    .filter((name) => name.endsWith(".spool"))
    .reduce((sum, name) => sum + statSync(join(folderOf(id), "spool", name)).size, 0);
const counted = async () => {
  const { rows, missingEventCount } = await cluster.usage.queryUsage({});
  return { calls: Number(rows[0]?.callCount ?? 0), missing: Number(missingEventCount) };
};
const sourcesOf = async (id: string) =>
  (await cluster.usage.listSources({})).sources.filter(({ source }) => source.startsWith(`${id}/`));
const readiness = async ({ adminPort }: ClusterNode) => {
  const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`);
  return [response.status, (await response.text()).trim()];
};

describe("while Kafka is away, one node fills its spool, and one is lost with its disk", () => {
  let full: Record<number, number>;
  let fullBytes: number;
  let fullReadiness: unknown;
  beforeAll(async () => {
    const lost = nodeOf("node-1");
    expect(await call(lost, { calls: 50 })).toEqual({ 200: 50 });
    await until("they are counted", async () => (await counted()).calls === 50);
    await kafka.kill();
    expect(await call(lost, { calls: 500 })).toEqual({ 200: 500 });
    const node = nodeOf("node-0");
    full = await call(node, { until: (status) => status !== 200 });
    fullBytes = spoolBytes("node-0");
    await until("the node is not ready", async () => (await readiness(node))[0] === 503);
    fullReadiness = await readiness(node);
    await until("the other has said what it recorded", async () =>
      (await sourcesOf("node-1")).some(({ expectedEventCount }) => expectedEventCount === 550n),
    );
    await lost.part.kill("SIGKILL");
    rmSync(folderOf("node-1"), { recursive: true });
    await Promise.all([kafka.restart(), cluster.startNode("node-1")]);
  });

  it("the spool stays within its bound, and calls are refused", () => {
    expect(Object.keys(full)).toEqual(["200", "503"]);
    expect(full[200]).toBeGreaterThan(4_000);
    expect(fullBytes).toBeLessThanOrEqual(MB);
    // Of the node, or of each worker's part of it.
    expect(fullReadiness).toEqual([503, expect.stringContaining("spool is full (TOLLGATE_SPOOL_MB)")]);
  });

  it("afterwards calls are accepted again, everything that was answered is counted, and the spool is freed", async () => {
    const node = nodeOf("node-0");
    await until("the node is ready", async () => (await readiness(node))[0] === 200, 60_000);
    for (const id of ["node-0", "node-1"])
      expect(await call(nodeOf(id), { calls: 100 })).toEqual({ 200: 100 });
    const answered = 50 + (full[200] ?? 0) + 200;
    await until(`${answered} calls are counted`, async () => (await counted()).calls >= answered, 60_000);
    expect((await counted()).calls).toBe(answered);
    await until("the sent files are deleted", () => spoolBytes("node-0") < MB / 2);
  });

  it("what is lost with the disk is missing, exactly, and its source is named", async () => {
    await until("the loss shows", async () => (await counted()).missing === 500, 60_000);
    const { sources } = await cluster.usage.listSources({ incompleteOnly: true });
    expect(
      sources.map((row) => [
        row.source.split("/")[0],
        row.state,
        row.expectedEventCount,
        row.countedEventCount,
        row.missingEventCount,
      ]),
    ).toEqual([["node-1", State.SILENT, 550n, 50n, 500n]]);
  });
});

it("a node that stops says that its sources have ended, and one that was killed says it at its next start", async () => {
  const closed = async (id: string) =>
    (await sourcesOf(id)).filter(({ state }) => state === State.CLOSED).length;
  const before = await closed("node-0");
  await nodeOf("node-0").part.kill("SIGTERM");
  await until("the source is closed", async () => (await closed("node-0")) === before + 1);
  await cluster.startNode("node-0");
  expect(await call(nodeOf("node-0"), { calls: 10 })).toEqual({ 200: 10 });
  await nodeOf("node-0").part.kill("SIGKILL");
  await cluster.startNode("node-0");
  await until("the killed one is closed too", async () => (await closed("node-0")) === before + 2);
  expect((await counted()).missing).toBe(500);
});

it("metering's metrics say what is missing, of which kind of source, and that nothing waits", async () => {
  const scrape = async () => {
    const response = await fetch(`http://127.0.0.1:${cluster.metering.facts.metricsPort}/metrics`);
    const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(
      lines.map((line): [string, number] => [
        line.replace(/ \S+$/, "").replace(/\{otel[^}]*\}/, ""),
        Number(line.split(" ").at(-1)),
      ]),
    );
  };
  const lagOf = (metrics: ReadonlyMap<string, number>) =>
    [...metrics].filter(([name]) => name.startsWith("tollgate_metering_lag")).map(([, value]) => value);
  await until("all partitions are counted", async () => {
    const lag = lagOf(await scrape());
    return lag.length === 12 && lag.every((messages) => messages === 0);
  });
  const metrics = await scrape();
  const value = (name: string) => [...metrics].find(([full]) => full.startsWith(name))?.[1];
  expect(value("tollgate_metering_missing")).toBe(500);
  expect(value("tollgate_metering_counted_total")).toBe((await counted()).calls);
  expect(value("tollgate_metering_store_connected")).toBe(1);
  expect(value("tollgate_metering_store_size_bytes")).toBeGreaterThan(10_000);
  // Idle sources report every 15 s only: of those two, calls make news.
  const { calls } = await counted();
  let more = 0;
  await until("two sources are open, and one is silent", async () => {
    for (const id of ["node-0", "node-1"]) await call(nodeOf(id), { calls: 10 });
    more += 20;
    const states = [...(await scrape())].filter(([name]) => name.startsWith("tollgate_metering_sources"));
    const of = (state: string) => states.find(([name]) => name.includes(`state="${state}"`))?.[1];
    return of("open") === 2 && of("silent") === 1 && of("closed") === 2;
  });
  // Those that read the topic next must not be sooner than the last of these calls.
  await until("all calls are counted", async () => (await counted()).calls === calls + more);
});

it("99 of 100 calls are in the usage within 3 seconds of their responses", async () => {
  const node = nodeOf("node-0");
  const { visibleMs, callMs } = await measureFreshness({
    calls: 100,
    perSecond: 40,
    call: async () => expect(await call(node, { calls: 1 })).toEqual({ 200: 1 }),
    counted: async () => (await counted()).calls,
  });
  // On a machine that takes a hundred times as long for calls, counting takes longer, too.
  const slow = 200 * percentile(callMs, 50);
  expect(percentile(visibleMs, 99)).toBeLessThan(Math.max(3_000, slow));
});

describe("the consumers of the examples, which have only a Kafka client and a protocol buffer library", () => {
  /** What silent sources had recorded is not on the topic: only metering knows of it. */
  const expected = async () => ({ calls: (await counted()).calls, missing: 0, damaged: 0, early: 0 });

  it("count what metering counts: TypeScript", async () => {
    expect(await runTypescript("usage-consumer")).toEqual(await expected());
  });

  it("count what metering counts: Python", async () => {
    expect(await runPython("usage-consumer", ["tollgate/usage/v1/usage.proto"])).toEqual(await expected());
  });
});

describe("the consumers of records and invoices", () => {
  const accountId = "000000000000";
  const month = "2026-01";
  const CALLS = 137;
  let expected: { usage: Record<string, number>; lines: Record<string, number>; dueMicros: object };
  beforeAll(async () => {
    const logger = createLogger("test", "silent");
    await using sender = createTopicSender({
      kafka: { brokers: [kafka.broker], tls: undefined, login: undefined },
      clientId: "late",
      topic: usageTopic,
      logger,
    });
    const late = { atMs: Date.UTC(2026, 0, 15), apiKeyId: "ada", usagePlanId: "gold" };
    const calls = Array.from({ length: CALLS }, () => late);
    const before = (await counted()).calls;
    await sender.send([{ key: "late/0/a", value: batchOf("late/0/a", 1, calls) }]);
    await until("they are counted", async () => (await counted()).calls === before + CALLS);

    const prices = [{ id: "calls", model: "FLAT", meter: "rest.request", amount: "0.01" }];
    const versions = [{ from: "2026-01-01", prices, tax: { rate: "19" } }];
    const terms = {
      accountId,
      subscriptionId: "acme-pets",
      month,
      pricePlanJson: JSON.stringify({ currency: "EUR", versions }),
      customerJson: '{"name":"Acme"}',
      apiKeyIds: ["ada"],
      usagePlanIds: ["gold"],
      startAt: "2026-01-01",
    };
    const { invoice } = await cluster.billing.finalizeInvoice({ terms, acceptMissingEvents: true });
    const number = invoice?.number ?? "";
    const lines = [{ line: 1, amount: "0.37" }];
    const { creditNote } = await cluster.billing.creditInvoice({
      accountId,
      number,
      lines,
      reason: "an outage",
    });
    const micros = (amount = "0") => Math.round(Number(amount) * 1_000_000);

    const usage: Record<string, number> = {};
    const { rows } = await cluster.usage.queryUnits({
      accountId,
      by: [UnitsDimension.KEY],
      period: UsagePeriod.TOTAL,
    });
    for (const { apiKeyId, meter, units } of rows) usage[`${apiKeyId}/${meter}`] = Number(units);
    expected = {
      usage,
      lines: { [`${number}/calls`]: CALLS },
      dueMicros: { EUR: micros(invoice?.total) - micros(creditNote?.total) },
    };
    const waiting = async () => {
      const response = await fetch(`http://127.0.0.1:${cluster.metering.facts.metricsPort}/metrics`);
      const lags = (await response.text()).matchAll(/^tollgate_metering_publishing_lag_seconds\{.* (\S+)$/gm);
      return [...lags].map(([, seconds]) => Number(seconds));
    };
    await until("all is published", async () => {
      const lags = await waiting();
      return lags.length === 2 && lags.every((seconds) => seconds === 0);
    });
  });

  it("sum what metering has counted and invoiced: TypeScript", async () => {
    expect(expected.usage["ada/rest.request"]).toBe(CALLS);
    expect(await runTypescript("records-consumer")).toEqual(expected);
  });

  it("sum what metering has counted and invoiced: Python", async () => {
    const protos = ["usage/v1/records", "usage/v1/usage", "billing/v1/records", "billing/v1/billing"];
    expect(
      await runPython(
        "records-consumer",
        protos.map((name) => `tollgate/${name}.proto`),
      ),
    ).toEqual(expected);
  });

  it("are charged by AWS Marketplace what the CLI makes records of", async () => {
    const plan = { name: "Gold", productCode: "ab12cd34ef56" };
    const key = { value: "key-of-ada-0123456789", customerId: "123456789012", usagePlanIds: ["gold"] };
    await cluster.apply([
      { kind: "UsagePlan", id: "gold", spec: plan },
      { kind: "ApiKey", id: "ada", spec: key },
    ]);
    const times = ["--start", "2026-01-14T23:00:00Z", "--end", "2026-01-15T02:00:00Z"];
    const { stdout } = await tollgate(["usage", "marketplace", "--product", "ab12cd34ef56", ...times], {
      TOLLGATE_ENDPOINT: `127.0.0.1:${cluster.grpcPort}`,
      TOLLGATE_METERING_ENDPOINT: `127.0.0.1:${cluster.meteringPort}`,
      TOLLGATE_TOKEN: cluster.token,
    });
    const batches = stdout
      .trim()
      .split("\n")
      .map(
        (line) => JSON.parse(line) as { ProductCode: string; UsageRecords: readonly { Quantity: number }[] },
      );
    expect(new Set(batches.map(({ ProductCode }) => ProductCode))).toEqual(new Set(["ab12cd34ef56"]));
    const records = batches.flatMap(({ UsageRecords }) => UsageRecords);
    // Each hour has a record of the customer, also those without calls.
    expect(records.map(({ Quantity }) => Quantity)).toEqual([0, CALLS, 0]);
    for (const record of records)
      expect(record).toMatchObject({ CustomerAWSAccountId: "123456789012", Dimension: "apigateway" });
  });
});
