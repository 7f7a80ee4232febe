import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { kinds, type WebSocketApi } from "@tollgate/config";
import { Call, compileWebSocketStage, nullPorts, Router, WholeExchange } from "@tollgate/pipeline";
import { Connection } from "../listener/connection.ts";
import { HeldBytes } from "../listener/held-bytes.ts";
import { Turn } from "../listener/turn.ts";
import { HandshakeExchange } from "./handshake-exchange.ts";
import { Handshakes } from "./handshakes.ts";

/** A connection that Node has let go of. */
class UpgradedSocket extends Duplex {
  sent = "";
  override _read(): void {
    // The client says nothing more, and does not leave.
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sent += chunk.toString("latin1");
    done();
  }
}

function world(
  report = (...what: unknown[]): void => {
    throw new Error(what.join(" "));
  },
) {
  const held = new HeldBytes(1_000_000, () => undefined);
  const listener = { draining: false, callsInFlight: 0, held, responseBufferBytes: 0 };
  const spool = { isFull: false, commit: () => undefined };
  const turn = new Turn({ spool, unrouted: () => undefined, nowMs: () => 0, report });
  const socket = Object.assign(new UpgradedSocket(), { connection: undefined as Connection | undefined });
  socket.connection = new Connection(socket as never, "192.0.2.1", {
    start: () => {
      throw new Error("a request began");
    },
    held,
    nowMs: 0,
    flooded: () => undefined,
  });
  return { listener, turn, socket, connection: socket.connection, report };
}

/** The stage `live` of an API that lets everyone in. */
function stagesOf() {
  const outcome = compileWebSocketStage({
    manifest: {
      protocolType: "WEBSOCKET",
      accountId: "000000000000",
      apiId: "chat000001",
      stageName: "live",
      deploymentId: "d",
      stage: kinds.ApiStage.spec.parse({ autoDeploy: true }),
      api: kinds.Api.spec.parse({ protocolType: "WEBSOCKET", name: "chat" }) as WebSocketApi,
    },
    account: undefined,
    ports: nullPorts,
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  return new Map([["chat000001", new Map([["live", outcome.stage]])]]);
}

const callOf = (exchange: WholeExchange | HandshakeExchange) =>
  new Call({
    method: "GET",
    url: "/live",
    headers: ["Host", "chat000001.execute-api.example"],
    exchange,
    sourceIp: "192.0.2.1",
    protocol: "HTTP/1.1",
    scheme: "http",
    port: 80,
    nowMs: 0,
    unixMs: 0,
  });

describe("a handshake", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const turnEnded = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

  function refusedByLoad() {
    const { listener, turn, socket, report } = world();
    const server = new EventEmitter();
    new Handshakes({
      webSockets: undefined as never,
      router: new Router(),
      turn,
      listener,
      callOf: () => callOf(new WholeExchange(Buffer.alloc(0))),
      isTaken: () => false,
      report,
      unixMs: () => 0,
    }).attach(server as Server);
    server.emit("upgrade", { socket }, socket, Buffer.alloc(0));
    return socket;
  }

  function refusedByApi() {
    const { listener, turn, socket, connection } = world();
    connection.upgraded();
    const exchange = new HandshakeExchange({
      socket,
      turn,
      listener,
      admit: () => expect.unreachable(),
      refused: (response) => connection.refuseUpgrade(response),
      left: () => expect.unreachable(),
    });
    exchange.call = callOf(exchange);
    exchange.reply(403, [], "no");
    return socket;
  }

  it.each([
    ["while the worker has too much to do", refusedByLoad, 503],
    ["by its API", refusedByApi, 403],
  ])("that is refused %s ends its connection, whatever the client does", async (_why, refuse, status) => {
    const socket = refuse();
    await turnEnded();
    expect(socket.sent).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect([socket.writableEnded, socket.destroyed]).toEqual([true, false]);
    vi.advanceTimersByTime(2_000);
    expect(socket.destroyed).toBe(true);

    const reset = refuse();
    await turnEnded();
    reset.emit("error", new Error("read ECONNRESET"));
    expect(reset.destroyed).toBe(true);
  });

  /** A client that an API with a route for $connect lets in. What happens is kept in order. */
  async function letIn({ isBroken }: { readonly isBroken: boolean }) {
    const { listener, turn, socket, report } = world(vi.fn());
    const happened: string[] = [];
    const write = socket._write.bind(socket);
    socket._write = (chunk: Buffer, ...rest) => {
      happened.push(chunk.toString("latin1").slice(0, "HTTP/1.1 101".length));
      write(chunk, ...rest);
    };
    const webSockets = {
      newId: () => "L0SM9cOFvHcCIhw=",
      opening: ({ id }: { id: string }) => happened.push(`opening ${id}`),
      opened: () => {
        happened.push("opened");
      },
      left: () => happened.push("left"),
    };
    const router = new Router();
    router.generation = { stages: stagesOf(), domains: new Map() };
    const server = new EventEmitter();
    new Handshakes({
      webSockets: webSockets as never,
      router,
      turn,
      listener,
      callOf: (_request, exchange) => callOf(exchange as HandshakeExchange),
      isTaken: () => true,
      report,
      unixMs: () => 0,
    }).attach(server as Server);
    const headers = {
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    if (isBroken)
      socket.write = () => {
        throw new Error("no upgrade");
      };
    Object.assign(socket, { setTimeout: () => socket, setNoDelay: () => socket });
    server.emit("upgrade", { method: "GET", url: "/live", headers, socket }, socket, Buffer.alloc(0));
    await turnEnded();
    await turnEnded();
    return happened;
  }

  it("is known to the node before its client is let in, so that its end is reported even if the worker is killed then", async () => {
    expect(await letIn({ isBroken: false })).toEqual(["opening L0SM9cOFvHcCIhw=", "HTTP/1.1 101", "opened"]);
  });

  it("that fails when it is known already is reported as one that left", async () => {
    expect(await letIn({ isBroken: true })).toEqual(["opening L0SM9cOFvHcCIhw=", "left"]);
  });

  it("that fails when it is allowed is one call less, and its connection is destroyed", async () => {
    const reported = vi.fn();
    const { listener, turn, socket } = world(reported);
    const failing = () => {
      throw new Error("no upgrade");
    };
    const never = () => expect.unreachable();
    const exchange = new HandshakeExchange({
      socket,
      turn,
      listener,
      admit: failing,
      refused: never,
      left: never,
    });
    exchange.call = callOf(exchange);
    exchange.reply(200, [], undefined);
    await turnEnded();
    expect(reported).toHaveBeenCalledOnce();
    expect([listener.callsInFlight, socket.destroyed]).toEqual([0, true]);
  });

  it.each<[string, (socket: Duplex) => void]>([
    ["is destroyed", (socket) => void socket.destroy()],
    ["is closed on its client's side", (socket) => void socket.push(null)],
  ])(
    "whose connection %s when it is allowed is one that left, and keeps no connection",
    async (_how, leave) => {
      const { listener, turn, socket } = world();
      const left = vi.fn();
      const admit = vi.fn();
      const exchange = new HandshakeExchange({
        socket,
        turn,
        listener,
        admit,
        left,
        refused: () => undefined,
      });
      exchange.call = callOf(exchange);
      exchange.reply(200, [], undefined);
      socket._destroy = () => undefined; // its close is still to come
      leave(socket);
      // As a socket of Node does at the end of what it receives.
      socket.read(0);
      await turnEnded();
      expect([admit.mock.calls.length, left.mock.calls.length]).toEqual([0, 1]);
      expect(socket.destroyed).toBe(true);
    },
  );
});
