import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import type { Answering, ReceivedRequest } from "../client-connection.ts";
import { readClientLimits } from "../client-limits.ts";
import type { ClientSocket } from "../client-socket.ts";
import { Connection } from "../connection.ts";
import { HeldBytes } from "../held-bytes.ts";
import { StreamTurns } from "../stream-turns.ts";
import { InPlace } from "./in-place.ts";
import { RequestReader } from "./request-reader.ts";

const limits = readClientLimits((_name, kind) => kind(undefined).value);
/** More than may wait to be read, so that the client is held back. */
const BODY = "x".repeat(100_000);
const POST = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${BODY.length}\r\n\r\n`;
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** The requests of a connection, which are listed, and answered by the test. */
function serve(socket: ClientSocket) {
  const received: ReceivedRequest[] = [];
  const held = new HeldBytes(1_000_000, () => undefined);
  const start = (request: ReceivedRequest): Answering => {
    const busy = { awaitsInvitation: false, heldBytes: 0, fail: () => false, release: () => undefined };
    received.push(request);
    request.response.on("close", () => connection.ended(busy, 0));
    return busy;
  };
  const connection = new Connection(socket, "", {
    start,
    held,
    streams: new StreamTurns(() => undefined),
    nowMs: 0,
    flooded: () => undefined,
  });
  const reader = new RequestReader(socket, connection, {
    limits,
    headMaxBytes: 32 * 1024,
    keepAliveLines: "",
    shouldUpgrade: () => false,
    upgrade: () => undefined,
  });
  connection.readBy(reader);
  reader.begin();
  return { connection, received };
}

/** A connection that is read as a stream. */
function streamed() {
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const send = async (text: string) => {
    stream.push(text, "latin1");
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { ...serve(stream as unknown as ClientSocket), send };
}

/** A connection that is read in place. */
async function inPlace() {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [Socket];
  const socket = new InPlace(() => undefined).take(accepted);
  onTestFinished(() => {
    for (const each of [client, socket]) each.destroy();
    server.close();
  });
  return { ...serve(socket), send: (text: string) => Promise.resolve(void client.write(text)) };
}

function refuse(received: ReceivedRequest | undefined): void {
  received?.response.writeHead(403, ["Content-Length", "0"]);
  received?.response.end();
}

it("a request behind one with a large body that nobody read is read once that has its response", async () => {
  const { received, send } = streamed();
  await send(POST);
  await send(BODY);
  await send(GET);
  expect(received.map(({ request: { complete } }) => complete)).toEqual([true]);
  refuse(received[0]);
  await expect.poll(() => received.map(({ request: { method } }) => method)).toEqual(["POST", "GET"]);
});

it.each([
  ["as a stream", streamed],
  ["in place", inPlace],
])(
  "a client that is held back because its body is not read is not waited for, read %s",
  async (_how, open) => {
    const { connection, received, send } = await open();
    await send(POST);
    await expect.poll(() => connection.awaited).toBe("body");
    await send(BODY.slice(1));
    await expect.poll(() => connection.awaited).toBeUndefined();
    received[0]?.request.body.resume();
    await expect.poll(() => connection.awaited).toBe("body");
  },
);

it("a connection on which too many requests wait is not read on because one of them has its response", async () => {
  const { connection, received, send } = streamed();
  await send(POST);
  await send(BODY + GET.repeat(20));
  refuse(received[0]);
  expect([received.length, connection.socket.isPaused()]).toEqual([2, true]);
  for (let i = 1; i < 21; i++) refuse(received[i]);
  await send(GET);
  expect(received).toHaveLength(22);
});

it.each([
  ["short", "taken", 100],
  ["longer than 16 KB", "refused", 300],
])("a body whose chunks have extensions that are %s together is %s", async (_how, outcome, chunks) => {
  const { received, send } = streamed();
  await send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  received[0]?.request.body.on("error", () => undefined).resume();
  await send(`${`1;${"a".repeat(80)}\r\nx\r\n`.repeat(chunks)}0\r\n\r\n`);
  expect(received[0]?.request.complete).toBe(outcome === "taken");
});
