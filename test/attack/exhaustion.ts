import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Gateway } from "../kit/gateway.ts";
import { workersOf } from "../kit/process.ts";
import { mock, proxy } from "../kit/rest-api.ts";
import { startHttpUpstream } from "../kit/upstream.ts";
import { deployWebSocketApi, echo, twoWay } from "../kit/websocket-api.ts";
import { rssBytes } from "../load/cpu.ts";
import { startNginx } from "../load/rivals.ts";
import type { AttackArea, AttackCase, AttackGround } from "./area.ts";
import type { HolderOrder, HolderReport } from "./connection-holder.ts";
import { type Bases, type Holding, holdings } from "./holdings.ts";
import { type Called, type Attacked as CalledAt, callFor } from "./other-callers.ts";

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
/** The defaults are those of nginx; attackers are to be gone within the time of a case, also those that were refused and are idle then. */
const SETTINGS = { TOLLGATE_CLIENT_READ_TIMEOUT_MS: "5000", TOLLGATE_IDLE_TIMEOUT_MS: "20000" };

/** Attacked is what is attacked, besides where others call it. */
interface Attacked extends CalledAt, Bases {
  /** With TLS; undefined: it has none. */
  readonly httpsPort: number | undefined;
}

/** exhaustion: thousands of connections that keep what others need. Others must not notice. */
export const exhaustion: AttackArea = {
  name: "exhaustion",
  what: "thousands of connections that are idle, slow, or wait for an upstream that hangs, while others call",
  concurrency: 1,
  async prepare(ground) {
    const origin = await startLargeUpstream(ground.scope);
    const others = ground.scope.use(await startHttpUpstream((_request, response) => response.end("fine")));
    const gateway = await ground.gateway(ground.quick ? undefined : SETTINGS);
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
    const chat = await deployWebSocketApi(gateway, {
      routes: { $default: { integration: echo, ...twoWay } },
    });
    const { httpPort: port, httpsPort } = gateway;
    const base = `/_aws/execute-api/${apiId}/prod`;
    const webSockets = `/_aws/execute-api/${chat.apiId}/${chat.stageName}`;
    const tollgate: Attacked = { port, httpsPort, base, webSockets };
    const nginx = ground.quick ? undefined : await startNginxBeside(ground.scope, origin, others.origin);
    return ground.pick(holdings, 2).map((holding) => caseOf(holding, { gateway, tollgate, nginx, ground }));
  },
};

/** What happens to an upstream of an attacked gateway, or to its attackers, happens on other machines: it must not take time from what is measured here. */
function elsewhere(scope: AsyncDisposableStack, script: string): ChildProcess {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(file, [], { execArgv: ["--no-warnings"] });
  scope.defer(() => void child.kill("SIGKILL"));
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return child;
}

async function startLargeUpstream(scope: AsyncDisposableStack): Promise<string> {
  const [port] = (await once(elsewhere(scope, "./large-upstream.ts"), "message")) as [number];
  return `http://127.0.0.1:${port}`;
}

/** nginx with the same API, to know what the machine itself does to other callers meanwhile. */
async function startNginxBeside(
  scope: AsyncDisposableStack,
  origin: string,
  others: string,
): Promise<Attacked> {
  const { url } = scope.use(
    await startNginx(
      `client_header_timeout 10s; client_body_timeout 10s; send_timeout 10s; client_max_body_size 10m;
      location /mock { return 200 fine; }
      location /other { proxy_pass ${others}/; }
      location /whole { proxy_pass ${origin}/10; }
      location /hang { proxy_pass ${origin}/hang; }
      location ~ ^/(?:down|mapped)(/.*)$ { proxy_pass ${origin}$1; }`,
    ),
  );
  return { port: Number(new URL(url).port), httpsPort: undefined, base: "", webSockets: "" };
}

/** Resident memory of the worker that has most. */
const largestRss = () => Math.max(...workersOf(process.pid).map((pid) => rssBytes([pid])));

interface Field {
  readonly gateway: Gateway;
  readonly tollgate: Attacked;
  /** undefined: in quick runs, which measure no latency. */
  readonly nginx: Attacked | undefined;
  readonly ground: AttackGround;
}

/** Whether nginx is attacked in the same way: its API is none of WebSocket, and it has no TLS. */
const isOfBoth = ({ stream, flood }: Holding) => stream === undefined && flood.length === 0;

function inputOf({ first, stream, each }: Holding, bases: Bases): string {
  const { method, path } = stream?.(bases) ?? {};
  return stream ? `${method} ${path} (HTTP/2)` : `${first(bases).slice(0, 200)} ${each}`;
}

function caseOf(holding: Holding, field: Field): AttackCase {
  // A quick run shows that the bounds are there, not how much they hold.
  const count = field.ground.quick ? Math.ceil(holding.count / 20) : holding.count;
  return {
    name: `${count} ${holding.name}`,
    input: inputOf(holding, field.tollgate),
    expectation: `other callers have no failure and at most twice the latency${isOfBoth(holding) ? ", or what they have with nginx," : ""} and a worker stays below ${RSS_MAX_BYTES / MB} MB`,
    attack: () => attackWith({ ...holding, count }, field),
  };
}

/** What others got before, and what they get while connections are held. */
interface Endured {
  readonly calm: Called;
  readonly held: Called;
  readonly opened: number;
  readonly rssBytes: number;
}

async function endure(
  holding: Holding,
  attacked: Attacked,
  { baseline, hold }: { readonly baseline: number; readonly hold: number },
  before: () => Promise<void> = async () => undefined,
): Promise<Endured> {
  const calm = await callFor(baseline, attacked);
  await using scope = new AsyncDisposableStack();
  const reports = startHolders(scope, holding, attacked);
  const held = await callFor(hold, attacked);
  const rss = largestRss();
  const opened = reports().reduce((sum, report) => sum + report.opened, 0);
  await before();
  return { calm, held, opened, rssBytes: rss };
}

const limitOf = (calm: Called) => Math.max(2 * calm.p99Ms, LATENCY_FLOOR_MS);
const shown = ({ calm, held }: Endured) =>
  `p99 ${held.p99Ms.toFixed(1)} ms (before: ${calm.p99Ms.toFixed(1)})`;

async function attackWith(holding: Holding, field: Field): Promise<string | undefined> {
  const { gateway, tollgate, nginx, ground } = field;
  const seconds = ground.quick
    ? { baseline: 1, hold: 3 }
    : { baseline: BASELINE_SECONDS, hold: HOLD_SECONDS };
  let open = 0;
  const refusedBefore = await refusedBy(gateway);
  const endured = await endure(holding, tollgate, seconds, async () => {
    if (holding.mustEnd && !ground.quick) open = await leftOf(gateway);
  });
  const { held, calm, opened, rssBytes: rss } = endured;
  const beside =
    nginx && isOfBoth(holding) && held.p99Ms > limitOf(calm)
      ? await endure(holding, nginx, { ...seconds, baseline: 1 })
      : undefined;
  if (!ground.quick)
    ground.note(
      `${holding.count} ${holding.name}: ${shown(endured)}, ${Math.round(rss / MB)} MB${beside ? `; nginx: ${shown(beside)}, ${sumOf(beside.held.failures)} failures` : ""}`,
    );
  const refused = [...(await refusedBy(gateway))].map(
    ([reason, calls]) => `${calls - (refusedBefore.get(reason) ?? 0)} by ${reason}`,
  );
  const happened = [
    ...[...held.failures].map(
      ([what, times]) => `${times} x ${what} (refused: ${refused.join(", ") || "none"})`,
    ),
    ...(opened < holding.count ? [`only ${opened} connections were opened`] : []),
    ...(rss > RSS_MAX_BYTES ? [`a worker has ${Math.round(rss / MB)} MB`] : []),
    ...(nginx && !isOfBoth(holding) && held.p99Ms > limitOf(calm) ? [shown(endured)] : []),
    ...(beside && held.p99Ms > beside.held.p99Ms ? [`${shown(endured)}, with nginx ${shown(beside)}`] : []),
    ...(open > LEFT_MAX ? [`${open} connections are left`] : []),
  ];
  return happened.length === 0 ? undefined : happened.join("; ");
}

const sumOf = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, n) => sum + n, 0);

/** refusedBy is how many calls, of anybody, the gateway has refused for want of time or memory: it explains the failures of others. */
async function refusedBy(gateway: Gateway): Promise<ReadonlyMap<string, number>> {
  const samples = (await gateway.metrics()).matchAll(
    /^tollgate_calls_refused_total\{.*reason="(\w+)".*\} (\d+)$/gm,
  );
  return new Map([...samples].map(([, reason = "", calls]) => [reason, Number(calls)]));
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
function startHolders(
  scope: AsyncDisposableStack,
  { count: all, first, stream, fillBytes, flood, each, reads }: Holding,
  attacked: Attacked,
): () => HolderReport[] {
  const reports: HolderReport[] = [];
  for (let left = all, i = 0; left > 0; left -= HOLDERS_MAX, i++) {
    const child = elsewhere(scope, "./connection-holder.ts");
    reports[i] = { opened: 0 };
    child.on("message", (report: HolderReport) => (reports[i] = report));
    const count = Math.min(left, HOLDERS_MAX);
    const order: HolderOrder = {
      port: (stream ? attacked.httpsPort : attacked.port) as number,
      from: "127.0.0.2",
      count,
      first: first(attacked),
      stream: stream?.(attacked),
      fillBytes,
      flood: flood.toString("base64"),
      each,
      reads,
    };
    child.send(order);
  }
  return () => reports;
}
