import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Gateway } from "../kit/gateway.ts";
import { childrenOf } from "../kit/process.ts";
import { mock, proxy } from "../kit/rest-api.ts";
import { startHttpUpstream } from "../kit/upstream.ts";
import { percentile, rssBytes } from "../load/cpu.ts";
import type { AttackArea, AttackCase, AttackGround } from "./area.ts";
import type { HolderOrder, HolderReport } from "./connection-holder.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";

const MB = 1024 * 1024;
/** A worker that holds 256 MB of bodies, besides its code, its heap and what the kernel has not taken yet. */
const RSS_MAX_BYTES = 1_024 * MB;
const HOLD_SECONDS = 15;
const BASELINE_SECONDS = 5;
/** Latencies below this are as good as any: a machine that does other things, too, cannot tell them apart. */
const LATENCY_FLOOR_MS = 50;
const HOLDERS_MAX = 5_000;
/** Those of the other callers, which are about to close. */
const LEFT_MAX = 20;

/** Holding is one bad way to keep connections busy. */
interface Holding {
  readonly name: string;
  readonly count: number;
  readonly first: string;
  readonly fillBytes: number;
  readonly each: string;
  readonly reads: boolean;
  /** After HOLD_SECONDS, none of them may be left. */
  readonly mustEnd: boolean;
}

const holdings = (base: string): readonly Holding[] => {
  const one = (name: string, count: number, first: string, more: Partial<Holding> = {}): Holding => ({
    name,
    count,
    first,
    fillBytes: 0,
    each: "",
    reads: true,
    mustEnd: true,
    ...more,
  });
  const get = (path: string) => `GET ${base}${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  return [
    one("idle connections that never send anything", 5_000, ""),
    one("idle connections after a call", 5_000, get("/mock"), { mustEnd: false }),
    one("heads that arrive byte by byte", 2_000, "GET / HTTP/1.1\r\nX-Slow: ", { each: "x" }),
    one(
      "bodies that arrive byte by byte",
      2_000,
      `POST ${base}/whole HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`,
      { each: "1\r\nx\r\n" },
    ),
    one("clients that do not read a streamed response", 2_000, get("/down/5000000"), { reads: false }),
    one("clients that do not read a whole response", 200, get("/mapped/5000000"), { reads: false }),
    one(
      "bodies of 9 MB that do not end",
      80,
      `POST ${base}/whole HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${10 * MB}\r\n\r\n`,
      { fillBytes: 9 * MB },
    ),
    one("calls whose upstream hangs", 1_000, get("/hang"), { mustEnd: false }),
    one("connections of one source", 20_000, "", { mustEnd: false }),
  ];
};

/** exhaustion: thousands of connections that keep what others need. Others must not notice. */
export const exhaustion: AttackArea = {
  name: "exhaustion",
  what: "thousands of connections that are idle, slow, or wait for an upstream that hangs, while others call",
  concurrency: 1,
  async prepare(ground) {
    const origin = await startLargeUpstream(ground.scope);
    const others = ground.scope.use(await startHttpUpstream((_request, response) => response.end("fine")));
    const gateway = await ground.gateway(ground.quick ? undefined : {});
    const whole = { type: "HTTP", httpMethod: "POST", integrationResponses: { "200": {} } };
    const mapped = proxy(`${origin}/{bytes}`).integration as object;
    const apiId = await gateway.deploy({
      "GET /mock": mock("fine"),
      "GET /other": proxy(`${others.origin}/`),
      "GET /down/{bytes}": proxy(`${origin}/{bytes}`),
      "GET /mapped/{bytes}": { integration: { ...mapped, ...whole, httpMethod: "GET" } },
      "POST /whole": { integration: { ...whole, uri: `${origin}/10` } },
      "GET /hang": proxy(`${origin}/hang`),
    });
    const base = `/_aws/execute-api/${apiId}/prod`;
    const all = holdings(base).map((holding) => caseOf(holding, { gateway, base, ground }));
    return ground.pick(all, 2);
  },
};

/** In a process of its own: what it does must not delay the calls that are measured here. */
async function startLargeUpstream(scope: AsyncDisposableStack): Promise<string> {
  const script = fileURLToPath(new URL("./large-upstream.ts", import.meta.url));
  const child = fork(script, [], { execArgv: ["--no-warnings"] });
  scope.defer(() => void child.kill("SIGKILL"));
  const [port] = (await once(child, "message")) as [number];
  return `http://127.0.0.1:${port}`;
}

const isWorker = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("worker/main");
/** Resident memory of the worker that has most. */
const largestRss = () =>
  Math.max(
    ...childrenOf(process.pid)
      .filter(isWorker)
      .map((pid) => rssBytes([pid])),
  );

interface Attacked {
  readonly gateway: Gateway;
  readonly base: string;
  readonly ground: AttackGround;
}

function caseOf(holding: Holding, attacked: Attacked): AttackCase {
  const { ground } = attacked;
  // A quick run shows that the bounds are there, not how much they hold.
  const count = ground.quick ? Math.ceil(holding.count / 20) : holding.count;
  return {
    name: `${count} ${holding.name}`,
    input: `${holding.first.slice(0, 200)} ${holding.each}`,
    expectation: `other callers have no failure and at most twice the latency, and a worker stays below ${RSS_MAX_BYTES / MB} MB`,
    attack: () => attackWith({ ...holding, count }, attacked),
  };
}

async function attackWith(holding: Holding, attacked: Attacked): Promise<string | undefined> {
  const { gateway, base, ground } = attacked;
  const calm = await callFor(ground.quick ? 1 : BASELINE_SECONDS, gateway, base);
  await using scope = new AsyncDisposableStack();
  const reports = startHolders(scope, holding, gateway.httpPort);
  const held = await callFor(ground.quick ? 3 : HOLD_SECONDS, gateway, base);
  const rss = largestRss();
  const opened = reports().reduce((sum, report) => sum + report.opened, 0);
  const open = holding.mustEnd && !ground.quick ? await leftOf(gateway) : 0;
  const limitMs = Math.max(2 * calm.p99Ms, LATENCY_FLOOR_MS);
  const happened = [
    ...[...held.failures].map(([what, times]) => `${times} x ${what}`),
    ...(opened < holding.count ? [`only ${opened} connections were opened`] : []),
    ...(rss > RSS_MAX_BYTES ? [`a worker has ${Math.round(rss / MB)} MB`] : []),
    ...(ground.quick || held.p99Ms <= limitMs
      ? []
      : [`p99 ${held.p99Ms.toFixed(1)} ms instead of ${calm.p99Ms.toFixed(1)} ms`]),
    ...(open > LEFT_MAX ? [`${open} connections are left`] : []),
  ];
  return happened.length === 0 ? undefined : happened.join("; ");
}

/**
 * How many connections are left of those that must end. Attackers that do not read do not see that they were closed, so the gateway is asked;
 * those that could connect only lately have the same time as the others.
 */
async function leftOf(gateway: Gateway): Promise<number> {
  const untilMs = performance.now() + HOLD_SECONDS * 1000;
  for (;;) {
    const open = Number(/^tollgate_connections(?:\{.*\})? (\d+)$/m.exec(await gateway.metrics())?.[1]);
    if (open <= LEFT_MAX || performance.now() > untilMs) return open;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Starts the processes that hold connections; each has at most HOLDERS_MAX, because of its open files. */
function startHolders(scope: AsyncDisposableStack, holding: Holding, port: number): () => HolderReport[] {
  const script = fileURLToPath(new URL("./connection-holder.ts", import.meta.url));
  const reports: HolderReport[] = [];
  for (let left = holding.count, i = 0; left > 0; left -= HOLDERS_MAX, i++) {
    const child = fork(script, [], { execArgv: ["--no-warnings"] });
    scope.defer(() => void child.kill("SIGKILL"));
    reports[i] = { opened: 0 };
    child.on("message", (report: HolderReport) => (reports[i] = report));
    const { first, fillBytes, each, reads } = holding;
    const count = Math.min(left, HOLDERS_MAX);
    child.send({ port, from: "127.0.0.2", count, first, fillBytes, each, reads } satisfies HolderOrder);
  }
  return () => reports;
}

interface Called {
  readonly p99Ms: number;
  readonly failures: ReadonlyMap<string, number>;
}

/** Calls of others: some with a connection that they keep, some with a new one each. */
async function callFor(seconds: number, gateway: Gateway, base: string): Promise<Called> {
  const untilMs = performance.now() + seconds * 1000;
  const latencies: number[] = [];
  const failures = new Map<string, number>();
  const fail = (what: string) => failures.set(what, (failures.get(what) ?? 0) + 1);
  const timed = async (call: () => Promise<number>) => {
    const startMs = performance.now();
    try {
      const status = await call();
      if (status !== 200) fail(`status ${status}`);
    } catch (error) {
      fail((error as Error).message);
    }
    latencies.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const keeping = async (path: string) => {
    using client = await KeepAliveClient.open(gateway.httpPort, "127.0.0.3");
    while (performance.now() < untilMs) await timed(() => client.get(base + path, {}));
  };
  const connecting = async (path: string) => {
    while (performance.now() < untilMs)
      await timed(async () => {
        using client = await KeepAliveClient.open(gateway.httpPort, "127.0.0.3");
        // It is disposed of when it has its response.
        return await client.get(base + path, {});
      });
  };
  await Promise.all([keeping("/mock"), keeping("/other"), connecting("/mock"), connecting("/other")]);
  return { p99Ms: percentile(latencies, 99), failures };
}
