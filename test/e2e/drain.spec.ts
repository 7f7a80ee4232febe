import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { callsTo } from "../kit/calls.ts";
import { Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { accepts, childrenOf, until } from "../kit/process.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { signed } from "../kit/signed.ts";
import { startHttpUpstream } from "../kit/upstream.ts";
import { signerOf, userOf } from "../kit/user.ts";
import { webSocketApiSpec } from "../kit/websocket-api.ts";

const API = "drainedapi";
const CHAT = "drainedws0";
const manager = signerOf("manager");

/** A chat whose $connect and $disconnect an upstream hears of, by the connection's id. */
const chatOf = (origin: string) => {
  const informing = (what: string) => ({
    integration: {
      integrationType: "HTTP_PROXY",
      integrationUri: `${origin}/${what}`,
      integrationMethod: "POST",
      requestParameters: { "integration.request.header.X-Connection": "context.connectionId" },
    },
  });
  return webSocketApiSpec({
    routes: { $connect: informing("connected"), $disconnect: informing("disconnected") },
  });
};

/** The status of a message that a backend sends to a connection by way of a node. */
async function post({ httpPort }: ClusterNode, id: string, message: string): Promise<number> {
  const path = `/_aws/execute-api/${CHAT}/live/@connections/${encodeURIComponent(id)}`;
  const { call } = callsTo([httpPort]);
  return (await call(path, signed(manager, path, { method: "POST", body: message }))).status;
}

describe("a node that stops", () => {
  const scope = new AsyncDisposableStack();
  let cluster: Cluster;
  const open: (() => void)[] = [];
  /** Ids of connections, as the chat's upstream is told. */
  const connected: string[] = [];
  const disconnected: string[] = [];
  let lasting: WebSocket;
  let lastingId = "";
  beforeAll(async () => {
    const kafka = scope.use(await startKafka());
    const upstream = scope.use(
      await startHttpUpstream(({ url, headers }, response) => {
        const id = String(headers["x-connection"]);
        if (url === "/slow") open.push(() => response.end("late but whole"));
        else {
          (url === "/connected" ? connected : disconnected).push(id);
          response.end();
        }
      }),
    );
    cluster = scope.use(
      await Cluster.start({
        kafka: kafka.broker,
        nodes: 2,
        workers: 2,
        // Long enough for a call while load balancers are still learning, on a busy machine too.
        env: { TOLLGATE_DRAIN_DELAY_MS: "2000" },
      }),
    );
    await cluster.apply([
      { kind: "RestApi", id: API, spec: { name: "drained" } },
      resourceOf(API, "slow01", "/slow", { GET: proxy(`${upstream.origin}/slow`) }),
    ]);
    const { revision } = await cluster.apply([
      { kind: "Api", id: CHAT, spec: chatOf(upstream.origin) },
      { kind: "ApiStage", apiId: CHAT, id: "live", spec: { autoDeploy: true } },
      userOf("manager", manager, [
        { Effect: "Allow", Action: "execute-api:ManageConnections", Resource: "*" },
      ]),
    ]);
    await cluster.waitApplied(revision);
    await cluster.waitApplied(await cluster.deploy(API, "prod"));
  });
  afterAll(() => scope.disposeAsync());

  const connect = async ({ httpPort }: ClusterNode) => {
    const socket = new WebSocket(`ws://127.0.0.1:${httpPort}/_aws/execute-api/${CHAT}/live`);
    await once(socket, "open");
    return { socket, id: connected.at(-1) ?? "" };
  };

  it("before that, has connections that backends reach by any node", async () => {
    const [node, other] = cluster.nodes;
    if (!node || !other) throw new Error("there are no two nodes");
    for (const by of [node, other]) {
      const { socket, id } = await connect(node);
      const received = once(socket, "message");
      await until("the nodes know each other", async () => (await post(by, id, "hello")) === 200);
      expect(String((await received)[0])).toBe("hello");
      socket.close(1000);
    }
    expect(await post(other, "AAAAAAAAAAAAAAA=", "nobody")).toBe(410);
  });

  it("before that, has large messages of backends reach it by another node, more than one takes at a time", async () => {
    const [node, other] = cluster.nodes;
    if (!node || !other) throw new Error("there are no two nodes");
    const clients: Awaited<ReturnType<typeof connect>>[] = [];
    // One after the other, to know whose id is whose.
    while (clients.length < 8) clients.push(await connect(node));
    const numbers = [1, 2, 3, 4, 5];
    const sent = clients.flatMap(({ socket, id }) => {
      const received: string[] = [];
      socket.on("message", (data: Buffer) => received.push(data.toString()));
      return numbers.map(async (number) => {
        const message = `${number} `.padEnd(128 * 1024, "x");
        expect(await post(other, id, message)).toBe(200);
        await until("the message is here", () => received.includes(message));
      });
    });
    await Promise.all(sent);
    for (const { socket } of clients) socket.close(1000);
  });

  it("reports the ends and the minutes of connections that a worker which is killed takes along, once", async () => {
    const [node] = cluster.nodes;
    if (!node) throw new Error("there is no node");
    await until("all are disconnected", () => disconnected.length === connected.length);
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect(node)));
    const ends = clients.map(({ socket }) => once(socket, "close").then(([code]) => code as number));
    for (const pid of childrenOf(node.part.child.pid)) process.kill(pid, "SIGKILL");
    expect(new Set(await Promise.all(ends))).toEqual(new Set([1006]));
    await until("all are disconnected", () => disconnected.length === connected.length);
    expect([...disconnected].sort()).toEqual([...connected].sort());
    await until("the minute of each connection is in the records", async () => {
      const { rows } = await cluster.usage.queryUsage({ apiId: CHAT });
      return rows[0]?.connectionMinutes === BigInt(connected.length);
    });
    await until("the node serves again", async () => accepts(node.httpPort));
    ({ socket: lasting, id: lastingId } = await connect(node));
  });

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
      async () => (await cluster.usage.queryUsage({ apiId: API })).rows[0]?.callCount === 21n,
    );
  });

  it("has ended its connections, informed their API, and is known to be gone within 5 s", async () => {
    const [, other] = cluster.nodes;
    if (!other) throw new Error("there is no other node");
    expect(lasting.readyState).toBe(WebSocket.CLOSED);
    expect(disconnected).toContain(lastingId);
    await until(
      "connections of the node are gone",
      async () => (await post(other, lastingId, "late")) === 410,
      5_000,
    );
  });
});
