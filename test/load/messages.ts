import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { childrenOf, startProcess, until } from "../kit/process.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { signed } from "../kit/signed.ts";
import { signerOf, userOf } from "../kit/user.ts";
import { twoWay, webSocketApiSpec } from "../kit/websocket-api.ts";
import { cpuMs, median, round } from "./cpu.ts";
import { driveMessages } from "./message-driver.ts";
import type { LoadReport } from "./report.ts";
import { startAnswerer, wrk } from "./rivals.ts";
import { requestLines } from "./wrk-script.ts";

const MOCK_API = "loadwsmock";
const HTTP_API = "loadwshttp";
const REST_API = "loadwsrest";
const CONNECTIONS = 32;
const MESSAGE = "hello";
const manager = signerOf("loadmanager");
const BARE_SERVERS = fileURLToPath(new URL("./echo-server.ts", import.meta.url));

interface BareServers {
  readonly pids: readonly number[];
  readonly webSocketUrl: string;
  readonly httpOrigin: string;
}

/** A `ws` server that sends messages back, and an HTTP server that responds with nothing, in one process. */
async function startBareServers(scope: AsyncDisposableStack): Promise<BareServers> {
  const child = scope.use(startProcess(process.execPath, ["--no-warnings", BARE_SERVERS]));
  const line = await until("the bare servers listen", () => /^\{.*\}$/m.exec(child.output())?.[0]);
  const ports = JSON.parse(line) as { readonly http: number; readonly webSocket: number };
  return {
    pids: [child.child.pid as number],
    webSocketUrl: `ws://127.0.0.1:${ports.webSocket}/`,
    httpOrigin: `http://127.0.0.1:${ports.http}`,
  };
}

/** Sends the id of a connection to its client. */
const mock = {
  integrationType: "MOCK",
  templateSelectionExpression: "200",
  requestTemplates: { 200: '{"statusCode":200}' },
  integrationResponses: {
    all: { integrationResponseKey: "$default", responseTemplates: { $default: "$context.connectionId" } },
  },
};

async function configure(cluster: Cluster, upstream: string): Promise<void> {
  const http = {
    integrationType: "HTTP_PROXY",
    integrationUri: `${upstream}/bare`,
    integrationMethod: "POST",
  };
  const api = (id: string, integration: object) => [
    { kind: "Api", id, spec: webSocketApiSpec({ routes: { $default: { ...twoWay, integration } } }) },
    { kind: "ApiStage", apiId: id, id: "live", spec: { autoDeploy: true } },
  ];
  await cluster.apply([
    ...api(MOCK_API, mock),
    ...api(HTTP_API, http),
    { kind: "RestApi", id: REST_API, spec: { name: "load" } },
    resourceOf(REST_API, "bare01", "/bare", { GET: proxy(`${upstream}/bare`) }),
    userOf("loadmanager", manager, [
      { Effect: "Allow", Action: "execute-api:ManageConnections", Resource: "*" },
    ]),
  ]);
  await cluster.waitApplied(await cluster.deploy(REST_API, "live"));
}

/** A script for wrk that posts a message to a connection, signed as of now. */
function postScript(folder: string, id: string): { readonly path: string; readonly file: string } {
  const path = `/_aws/execute-api/${MOCK_API}/live/@connections/${encodeURIComponent(id)}`;
  const headers = signed(manager, path, { method: "POST", body: MESSAGE }).headers as readonly string[];
  const file = join(folder, "post.lua");
  writeFileSync(file, requestLines({ method: "POST", headers, body: MESSAGE }).join("\n"));
  return { path, file };
}

/** The processes of nodes: their workers, and the supervisors, which hand orders to other nodes and send what was recorded to metering. */
const pidsOf = (...nodes: readonly ClusterNode[]): readonly number[] =>
  nodes.flatMap(({ part }) => [part.child.pid as number, ...childrenOf(part.child.pid)]);

/** A measured way: the processor time of its processes for each call that it makes in some seconds. */
interface Way {
  readonly pids: readonly number[];
  drive(seconds: number): Promise<number>;
}

type WayName = "ws" | "mock" | "rest" | "http" | "bare_http" | "post" | "post_other";

/** Each figure compares a way with others that are measured beside it. */
const figures: Readonly<Record<string, readonly (readonly [way: WayName, beside: WayName])[]>> = {
  mock: [["mock", "ws"]],
  http: [["http", "rest"]],
  post: [
    ["post", "rest"],
    ["post", "bare_http"],
  ],
  post_other: [
    ["post_other", "rest"],
    ["post_other", "bare_http"],
  ],
};

function figuresOf(name: string): readonly (readonly [way: WayName, beside: WayName])[] {
  if (name === "") return Object.values(figures).flat();
  const figure = Object.hasOwn(figures, name) ? figures[name] : undefined;
  if (!figure)
    throw new Error(`there is no figure '${name}': it is one of ${Object.keys(figures).join(", ")}`);
  return figure;
}

async function callsOf(url: string, seconds: number, script?: string): Promise<number> {
  const { calls, bad } = await wrk(url, CONNECTIONS, seconds, script);
  if (calls === 0 || bad > 0) throw new Error(`${url}: ${calls} calls, ${bad} of them failed`);
  return calls;
}

/** A client that takes what is posted to it. */
async function openReceiver(scope: AsyncDisposableStack, node: ClusterNode): Promise<string> {
  const socket = new WebSocket(webSocketUrl(node, MOCK_API), { perMessageDeflate: false });
  scope.defer(() => socket.terminate());
  await once(socket, "open");
  socket.send("who am I?");
  const [id] = (await once(socket, "message")) as [Buffer];
  return id.toString();
}

const webSocketUrl = (node: ClusterNode, api: string): string =>
  stageUrl(node, api, "live").replace("http", "ws");

interface Started {
  readonly bare: BareServers;
  readonly node: ClusterNode;
  readonly other: ClusterNode;
  readonly folder: string;
}

/** The ways to measure between running processes. */
async function waysOf(scope: AsyncDisposableStack, { bare, node, other, folder }: Started) {
  const id = await openReceiver(scope, node);
  const postTo = (origin: string) => (duration: number) => {
    // A signature is valid for some minutes only.
    const { path, file } = postScript(folder, id);
    return callsOf(`${origin}${path}`, duration, file);
  };
  const postBy = (by: ClusterNode) => postTo(`http://127.0.0.1:${by.httpPort}`);
  const pids = pidsOf(node);
  const restUrl = `${stageUrl(node, REST_API, "live")}/bare`;
  return {
    ws: { pids: bare.pids, drive: (s) => driveMessages(bare.webSocketUrl, CONNECTIONS, s) },
    mock: { pids, drive: (s) => driveMessages(webSocketUrl(node, MOCK_API), CONNECTIONS, s) },
    rest: { pids, drive: (s) => callsOf(restUrl, s) },
    http: { pids, drive: (s) => driveMessages(webSocketUrl(node, HTTP_API), CONNECTIONS, s) },
    bare_http: { pids: bare.pids, drive: postTo(bare.httpOrigin) },
    post: { pids, drive: postBy(node) },
    post_other: { pids: pidsOf(node, other), drive: postBy(other) },
  } satisfies Record<WayName, Way>;
}

/** MessageLoad is how long and how often each way is driven. */
export interface MessageLoad {
  readonly seconds: number;
  readonly rounds: number;
  /** One figure alone; empty: all. */
  readonly figure: string;
  /** Folder for CPU profiles of all processes; empty: none are made. */
  readonly profile: string;
}

/**
 * messages compares the processor time of messages: two ways by MOCK with a bare `ws` server, to an HTTP integration with a REST call, and of a
 * backend, on the node of the connection and on another one, with a REST call and with the same requests to a bare HTTP server, measured in turns of one run.
 */
export async function messages({ seconds, rounds, figure, profile }: MessageLoad): Promise<LoadReport> {
  const compared = figuresOf(figure);
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const bare = await startBareServers(scope);
  const kafka = scope.use(await startKafka());
  const env = {
    TOLLGATE_SECRETS_KEY: Buffer.alloc(32, 7).toString("base64"),
    // All that is sent in a turn must pass.
    TOLLGATE_LIMITS: "shadow",
    ...(profile === "" ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(profile)}` }),
  };
  const cluster = scope.use(await Cluster.start({ kafka: kafka.broker, nodes: 2, workers: 1, env }));
  await configure(cluster, upstream.url);
  const [node, other] = cluster.nodes;
  if (!node || !other) throw new Error("there are no two nodes");
  const folder = mkdtempSync(join(tmpdir(), "tollgate-wrk-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const ways = await waysOf(scope, { bare, node, other, folder });
  const us = new Map<WayName, number[]>(compared.flat().map((name) => [name, []]));
  for (let turn = 0; turn <= rounds; turn++)
    for (const [name, measured] of us) {
      const { pids, drive } = ways[name];
      const before = cpuMs(pids);
      const count = await drive(turn === 0 ? 1 : seconds);
      if (turn > 0) measured.push(((cpuMs(pids) - before) * 1_000) / count);
    }
  const ratios = compared.flatMap(([way, beside]) => {
    const rounded = us.get(way)?.map((value, i) => value / (us.get(beside)?.[i] ?? Number.NaN)) ?? [];
    const name = `${way}_vs_${beside}`;
    return [
      [name, round(median(rounded))],
      [`${name}_least`, round(Math.min(...rounded))],
      [`${name}_most`, round(Math.max(...rounded))],
    ] as const;
  });
  return {
    figures: Object.fromEntries(
      [...us].map(([name, values]) => [`${name}_us_per_message`, round(median(values), 1)]),
    ),
    ratios: Object.fromEntries(ratios),
  };
}
