import type { IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Call, Router, WholeExchange } from "@tollgate/pipeline";
import { Connection } from "../listener/connection.ts";
import { HeldBytes } from "../listener/held-bytes.ts";
import { Turn } from "../listener/turn.ts";
import { HandshakeExchange } from "./handshake-exchange.ts";
import { Handshakes } from "./handshakes.ts";
import { MessageTurns } from "./message-turns.ts";
import type { WebSocketClient } from "./web-socket-client.ts";
import { stagesOf } from "./web-sockets.fixture.ts";

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
  heldBytes = 10_000_000,
) {
  const held = new HeldBytes(heldBytes, () => undefined);
  const listener = {
    draining: false,
    callsInFlight: 0,
    busyBySource: () => new Map<string, number>(),
    held,
    responseBufferBytes: 0,
  };
  const spool = { isFull: false, commit: () => undefined };
  const turn = new Turn({ spool, unrouted: () => undefined, nowMs: () => 0, report });
  const socket = Object.assign(new UpgradedSocket(), { connection: undefined as Connection | undefined });
  socket.connection = new Connection(socket as never, "192.0.2.1", {
    start: () => {
      throw new Error("a request began");
    },
    held,
    streams: turn.streams,
    nowMs: 0,
    flooded: () => undefined,
  });
  return { listener, turn, socket, connection: socket.connection, report };
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
    const handshakes = new Handshakes({
      webSockets: undefined as never,
      router: new Router(),
      turn,
      listener,
      callOf: () => callOf(new WholeExchange(Buffer.alloc(0))),
      isTaken: () => false,
      report,
      unixMs: () => 0,
    });
    handshakes.take({ socket } as unknown as IncomingMessage, socket, Buffer.alloc(0));
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

  interface LetIn {
    readonly isBroken?: boolean;
    readonly headers?: object;
    /** What its client sends then, before it closes its side. */
    readonly sends?: Buffer;
    readonly heldBytes?: number;
  }

  /** A client that an API with a route for $connect lets in. What happens is kept in order. */
  async function letIn({ isBroken = false, headers: own = {}, sends, heldBytes }: LetIn) {
    const { listener, turn, socket, connection, report } = world(vi.fn(), heldBytes);
    const happened: string[] = [];
    const turns = new MessageTurns(() => undefined, listener.held, turn.streams);
    const write = socket._write.bind(socket);
    socket._write = (chunk: Buffer, ...rest) => {
      const text = chunk.toString("latin1");
      if (text.startsWith("HTTP")) happened.push(text.slice(0, "HTTP/1.1 101".length));
      write(chunk, ...rest);
    };
    const webSockets = {
      newId: () => "L0SM9cOFvHcCIhw=",
      opening: ({ id }: { id: string }) => happened.push(`opening ${id}`),
      opened: () => {
        happened.push("opened");
      },
      left: () => happened.push("left"),
      received: () => happened.push("received"),
      sendsMore: (client: WebSocketClient) => turns.sendsMore(client),
      closed: (client: WebSocketClient, code: number, reason: string) =>
        happened.push(`closed ${client.closingOf(code, reason).code}`),
    };
    const router = new Router();
    router.generation = { stages: stagesOf([]).stages, domains: new Map() };
    const handshakes = new Handshakes({
      webSockets: webSockets as never,
      router,
      turn,
      listener,
      callOf: (_request, exchange) => callOf(exchange as HandshakeExchange),
      isTaken: () => true,
      report,
      unixMs: () => 0,
    });
    const headers = {
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...own,
    };
    if (isBroken)
      socket.write = () => {
        throw new Error("no upgrade");
      };
    Object.assign(socket, { setTimeout: () => socket, setNoDelay: () => socket });
    handshakes.take(
      { method: "GET", url: "/live", headers, socket } as unknown as IncomingMessage,
      socket,
      Buffer.alloc(0),
    );
    await turnEnded();
    await turnEnded();
    if (sends) {
      socket.push(sends);
      socket.push(null);
      await vi.waitFor(() => expect(happened.at(-1)).toMatch(/^closed/), { timeout: 20_000, interval: 1 });
    }
    return { happened, socket, connection, sent: socket.sent, heldBytes: listener.held.usedBytes };
  }

  it("is known to the node before its client is let in, so that its end is reported even if the worker is killed then", async () => {
    expect((await letIn({})).happened).toEqual(["opening L0SM9cOFvHcCIhw=", "HTTP/1.1 101", "opened"]);
  });

  it("that fails when it is known already is reported as one that left", async () => {
    expect((await letIn({ isBroken: true })).happened).toEqual(["opening L0SM9cOFvHcCIhw=", "left"]);
  });

  it.each([
    [{ "sec-websocket-key": "short" }, "Missing or invalid Sec-WebSocket-Key header"],
    [{ "sec-websocket-version": "12" }, "Missing or invalid Sec-WebSocket-Version header"],
    [{ "sec-websocket-protocol": "a,,b" }, "Invalid Sec-WebSocket-Protocol header"],
    [{ "sec-websocket-extensions": ";" }, "Invalid or unacceptable Sec-WebSocket-Extensions header"],
  ])("with %j is refused as other calls are, before its API is asked", async (headers, message) => {
    const { happened, sent } = await letIn({ headers });
    expect(happened).toEqual(["HTTP/1.1 400"]);
    expect(sent).toMatch(/\r\nSec-WebSocket-Version: 13, 8\r\nContent-Type: application\/json\r\n/);
    expect(sent.split("\r\n\r\n")[1]).toBe(JSON.stringify({ message }));
  });

  /** A frame of a client, with a mask that changes nothing. */
  const frame = (first: number, payload: string | Buffer = "") =>
    Buffer.concat([
      Buffer.from([first, 0x80 | Buffer.byteLength(payload), 0, 0, 0, 0]),
      Buffer.from(payload as string),
    ]);

  it.each<[string, number, Buffer]>([
    ["a frame without a mask", 1002, Buffer.from([0x81, 0])],
    ["a reserved bit", 1002, frame(0xc1)],
    ["an unknown opcode", 1002, frame(0x83)],
    ["a ping in parts", 1002, frame(0x09)],
    ["a continuation of nothing", 1002, frame(0x80)],
    ["a close with a status that there is not", 1002, frame(0x88, Buffer.from([0x03, 0xed]))],
    ["text that is not UTF-8", 1007, frame(0x81, Buffer.from([0xff]))],
    [
      "a message of too many parts",
      1008,
      Buffer.concat([frame(0x01, "x"), ...Array<Buffer>(16_384).fill(frame(0x00, "x"))]),
    ],
    ["a binary message", 1003, frame(0x82)],
    ["its own close", 1001, frame(0x88, Buffer.from([0x03, 0xe9]))],
    ["nothing more", 1006, Buffer.alloc(0)],
    [
      "its own close after a thousand pings at once",
      1001,
      Buffer.concat([...Array<Buffer>(1_000).fill(frame(0x89)), frame(0x88, Buffer.from([0x03, 0xe9]))]),
    ],
  ])("lets in a client whose connection ends by %s: its API hears %i", async (_what, code, sends) => {
    const { happened, heldBytes } = await letIn({ sends });
    expect(happened.slice(3)).toEqual([`closed ${code}`]);
    expect(heldBytes).toBe(0);
  });

  it.each([
    ["for the parts of whose message there is no memory", frame(0x01, "x".repeat(100))],
    ["whose message may be inflated to more than there is memory for", frame(0x41, "x")],
  ])("lets in a client %s, and cuts it", async (_what, part) => {
    const sends = Buffer.concat([part, ...Array<Buffer>(60).fill(frame(0x00, "x".repeat(100)))]);
    const { happened, heldBytes } = await letIn({ sends, heldBytes: 10_000 });
    expect(happened.slice(3)).toEqual(["closed 1013"]);
    expect(heldBytes).toBe(0);
  });

  it("lets in a client that sends a thousand messages at once: 16 of them are read in a turn, and the others wait unread", async () => {
    const { happened, socket, connection } = await letIn({});
    const received = () => happened.filter((what) => what === "received").length;
    socket.push(Buffer.concat(Array<Buffer>(1_000).fill(frame(0x81, "x"))));
    let turns = 0;
    for (let last = received(); last < 1_000; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(received() - last).toBeLessThanOrEqual(16);
      last = received();
      if (last > 0 && last < 100) expect(connection.heldBytes).toBeGreaterThan(4_096);
    }
    expect(turns).toBeGreaterThanOrEqual(Math.floor(1_000 / 16));
    expect([socket.readableLength, connection.heldBytes]).toEqual([0, 0]);
  });

  it("lets in a client that sends a hundred messages and is lost: those that waited unread are received before its end", async () => {
    const { happened, socket, connection } = await letIn({});
    const before = happened.length;
    socket.push(Buffer.concat(Array<Buffer>(100).fill(frame(0x81, "x"))));
    await vi.waitFor(() => expect(happened.length).toBeGreaterThan(before), { timeout: 20_000, interval: 1 });
    expect(happened.length - before).toBeLessThan(100);
    socket.destroy(new Error("read ECONNRESET"));
    await vi.waitFor(() => expect(happened.at(-1)).toMatch(/^closed/), { timeout: 20_000, interval: 1 });
    expect(happened.slice(before)).toEqual([...Array<string>(100).fill("received"), "closed 1006"]);
    expect(connection.heldBytes).toBe(0);
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
