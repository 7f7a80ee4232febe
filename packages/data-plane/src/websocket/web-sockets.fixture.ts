import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { kinds, type WebSocketApi } from "@tollgate/config";
import {
  Call,
  compileWebSocketStage,
  nullPorts,
  openConnection,
  Router,
  WholeExchange,
} from "@tollgate/pipeline";
import { NO_FACTS } from "@tollgate/usage-stream";
import { HeldBytes } from "../listener/held-bytes.ts";
import { Turn } from "../listener/turn.ts";
import { ConnectionMinutes } from "./connection-minutes.ts";
import { FrameSizes } from "./frame-sizes.ts";
import { WebSocketClient } from "./web-socket-client.ts";
import { WebSockets } from "./web-sockets.ts";

/** What messages that wait may take. */
export const HELD_MAX_BYTES = 1_045_000;
const echo = {
  integrationType: "MOCK",
  templateSelectionExpression: "200",
  requestTemplates: { 200: '{"statusCode":200}' },
  integrationResponses: {
    all: { integrationResponseKey: "$default", responseTemplates: { $default: "$context.eventType" } },
  },
};

/** A socket that keeps what it is asked to do. */
class FakeSocket {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: { message: string; fin: boolean }[] = [];
  closedWith: readonly [number, string] | undefined = undefined;
  isCut = false;
  isPaused = false;
  /** What the connection below it did: bytes between a cork and an uncork leave together. */
  readonly corked: ("cork" | "uncork")[] = [];
  cork(): void {
    this.corked.push("cork");
  }
  uncork(): void {
    this.corked.push("uncork");
  }
  send(message: Buffer | string, { fin = true }: { fin?: boolean } = {}): void {
    this.sent.push({ message: message.toString(), fin });
  }
  close(code: number, reason: string): void {
    this.closedWith = [code, reason];
    this.readyState = 2;
  }
  terminate(): void {
    this.isCut = true;
    this.readyState = 3;
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
}

/** The stage of an API with these routes, and the paths of the calls that it has observed. */
export function stagesOf(routeKeys: readonly string[]) {
  const routes = Object.fromEntries(
    routeKeys.map((routeKey, i) => [
      `r${i}`,
      {
        routeKey,
        target: "integrations/echo",
        routeResponseSelectionExpression: "$default",
        routeResponses: { back: { routeResponseKey: "$default" } },
      },
    ]),
  );
  const disconnected: string[] = [];
  const outcome = compileWebSocketStage({
    manifest: {
      protocolType: "WEBSOCKET",
      accountId: "000000000000",
      apiId: "chat000001",
      stageName: "live",
      deploymentId: "d",
      stage: kinds.ApiStage.spec.parse({ autoDeploy: true }),
      api: kinds.Api.spec.parse({
        protocolType: "WEBSOCKET",
        name: "chat",
        integrations: { echo },
        routes,
      }) as WebSocketApi,
    },
    account: undefined,
    ports: {
      ...nullPorts,
      observers: [
        ({ resourcePath }) =>
          () =>
            void disconnected.push(resourcePath),
      ],
    },
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  return { stages: new Map([["chat000001", new Map([["live", outcome.stage]])]]), observed: disconnected };
}

const report = (...what: unknown[]): never => {
  throw new Error(what.join(" "));
};
const turnEnded = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

const newListener = () => ({
  draining: false,
  callsInFlight: 0,
  busyBySource: () => new Map<string, number>(),
  held: new HeldBytes(HELD_MAX_BYTES, () => undefined),
  responseBufferBytes: 0,
});

/** A client that has connected, over a socket that keeps what it is asked to do. */
function openClient(webSockets: WebSockets, router: Router, nowMs: number) {
  const call = new Call({
    method: "GET",
    url: "/live",
    headers: ["Host", "chat000001.execute-api.example", "User-Agent", "spec"],
    exchange: new WholeExchange(Buffer.alloc(0)),
    sourceIp: "192.0.2.1",
    protocol: "HTTP/1.1",
    scheme: "http",
    port: 80,
    nowMs,
    unixMs: nowMs,
  });
  router.route(call);
  const connection = openConnection(call, webSockets.newId());
  const socket = new FakeSocket();
  const client = new WebSocketClient({
    connection,
    socket: socket as unknown as WebSocket,
    stream: socket as unknown as Socket,
    frames: new FrameSizes(),
    nowUnixMs: nowMs,
  });
  webSockets.opened(client);
  return {
    client,
    socket,
    address: { apiId: "chat000001", stageName: "live", connectionId: connection.id },
  };
}

/** A worker's connections on a clock that a test moves. */
export function world() {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs, unixMs: () => nowMs };
  const router = new Router();
  const { stages, observed } = stagesOf(["$default", "$disconnect"]);
  router.generation = { stages, domains: new Map() };
  const recorded: number[] = [];
  /** What is reported to the node: ids of connections that close, and until when minutes are counted. */
  const told: (string | number)[] = [];
  const unsettled: (() => void)[] = [];
  const listener = newListener();
  /** Sources of which the worker takes nothing now. */
  const shed = new Set<string>();
  let isNodeThere = true;
  let isDiskFull = false;
  const spool = {
    isFull: false,
    add: (_key: Buffer, { connectionMinutes }: { connectionMinutes: number }) =>
      void recorded.push(connectionMinutes),
    commit: () => {
      if (!isDiskFull) return;
      recorded.length = 0;
      throw new Error("no space");
    },
  };
  const webSockets = new WebSockets({
    ownerTag: "ownertag",
    router,
    turn: new Turn({ spool, unrouted: () => undefined, nowMs: clock.nowMs, report }),
    listener,
    isTaken: (source) => !shed.has(source),
    minutes: new ConnectionMinutes({
      spool,
      factsOf: () => NO_FACTS,
      unixMs: clock.unixMs,
      report: () => undefined,
    }),
    watched: {
      opened: () => undefined,
      closed: (id, settled) => {
        told.push(id);
        if (isNodeThere) settled();
        else unsettled.push(settled);
      },
      counted: (unixMs) => void told.push(unixMs),
    },
    report,
    clock,
  });
  const open = () => openClient(webSockets, router, nowMs);
  return {
    webSockets,
    router,
    observed,
    recorded,
    told,
    listener,
    shed,
    open,
    turnEnded,
    nowMs: () => nowMs,
    /** The channel to the node does not take what is sent. */
    nodeAway() {
      isNodeThere = false;
    },
    nodeBack() {
      isNodeThere = true;
      for (const settled of unsettled.splice(0)) settled();
    },
    diskFull(isFull: boolean) {
      isDiskFull = isFull;
    },
    pass(ms: number) {
      nowMs += ms;
      webSockets.sweep();
    },
  };
}

export type World = ReturnType<typeof world>;
