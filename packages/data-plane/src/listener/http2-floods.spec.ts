import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import {
  END_HEADERS,
  END_STREAM,
  FrameType,
  frame,
  headers,
  preface,
  reset,
} from "./http2-frames.fixture.ts";
import { dial, listening, received, session } from "./listener.fixture.ts";

/** Writes frames again and again until the connection ends, or so many were sent. Returns how many were taken. */
async function flood(socket: TLSSocket, next: (i: number) => Buffer, most: number): Promise<number> {
  let isOver = false;
  const closed = Promise.withResolvers<void>();
  socket.on("error", () => undefined);
  socket.on("close", () => {
    isOver = true;
    closed.resolve();
  });
  socket.resume();
  await once(socket, "secureConnect");
  socket.write(preface);
  let sent = 0;
  while (sent < most && !isOver) {
    const batch = Array.from({ length: 100 }, (_, i) => next(sent + i));
    sent += batch.length;
    if (!socket.write(Buffer.concat(batch)))
      await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed.promise]);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  if (!isOver) await Promise.race([closed.promise, new Promise((resolve) => setTimeout(resolve, 15_000))]);
  return isOver ? sent : Number.POSITIVE_INFINITY;
}

const settings = frame(FrameType.SETTINGS, 0, 0, Buffer.from([0, 3, 0, 0, 0, 100]));
const ping = frame(FrameType.PING, 0, 0, Buffer.alloc(8));
const update = frame(FrameType.WINDOW_UPDATE, 0, 0, Buffer.from([0, 0, 0, 1]));
const unknown = frame(99, 0, 0, Buffer.alloc(1_000));
const emptyData = frame(FrameType.DATA, 0, 1);
const continuation = (flags = 0) =>
  // A literal header that is not indexed, "a: b".
  frame(FrameType.CONTINUATION, flags, 1, Buffer.from([0, 1, 97, 1, 98]));

it.each<[string, number, (i: number) => Buffer]>([
  [
    "resets its streams as it opens them",
    20_000,
    (i) => Buffer.concat([headers(2 * i + 1), reset(2 * i + 1)]),
  ],
  [
    "goes on with a head without end",
    200_000,
    (i) => (i === 0 ? headers(1, "GET", END_STREAM) : continuation()),
  ],
  ["changes its settings without end", 1_000_000, () => settings],
  ["pings without end", 1_000_000, () => ping],
  ["opens its window bit by bit without end", 10_000_000, () => update],
  ["sends frames that nobody knows without end", 10_000_000, () => unknown],
  [
    "sends empty pieces of a body without end",
    1_000_000,
    (i) => (i === 0 ? headers(1, "POST", END_HEADERS) : emptyData),
  ],
])("a client that %s loses its connection, and others are served meanwhile", async (_what, most, next) => {
  const { listener, ended } = await listening({}, () => ({ status: 204, headers: [], body: undefined }));
  const other = session(listener);
  await received(other.request({ ":path": "/" }));
  const memoryBefore = process.memoryUsage.rss();
  const socket = dial(listener, { ALPNProtocols: ["h2"] });
  const flooding = flood(socket, next, most);
  const served = await received(other.request({ ":path": "/" }));
  const sent = await flooding;
  expect(served.headers[":status"]).toBe(204);
  expect(sent).toBeLessThan(most);
  expect(ended.length).toBeLessThan(1_200);
  expect(process.memoryUsage.rss() - memoryBefore).toBeLessThan(500 * 1024 * 1024);
  expect((await received(other.request({ ":path": "/" }))).headers[":status"]).toBe(204);
});
