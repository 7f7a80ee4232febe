import type { ServerHttp2Stream } from "node:http2";
import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { Http2Request } from "./http2-request.ts";
import { listening, session } from "./listener.fixture.ts";
import { StreamTurns } from "./stream-turns.ts";

const MB = 1024 * 1024;
const PIECE_BYTES = 16 * 1024;
/** What a stream may give in its turn. */
const TURN_BYTES = 64 * 1024;
const HEAD = { method: "POST", url: "/", rawHeaders: [], mustInvite: false, refusal: undefined };

const turnOfLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Bodies on streams that always have more, and are read by whoever has room for it; the bytes of each turn are counted. */
function bodiesOf(count: number) {
  const turns = new StreamTurns(() => undefined);
  let takenBytes = 0;
  const bodies = Array.from({ length: count }, () => {
    const stream = new Readable({ read: () => undefined, highWaterMark: 4 * PIECE_BYTES });
    Object.assign(stream, { endAfterHeaders: false, aborted: false, rstCode: 0, state: {} });
    const body = new Http2Request(stream as unknown as ServerHttp2Stream, HEAD, {}, turns);
    const seen = { bytes: 0, isWhole: false };
    body.on("data", (chunk: Buffer) => {
      seen.bytes += chunk.length;
      takenBytes += chunk.length;
    });
    body.on("end", () => (seen.isWhole = true));
    return { stream, seen };
  });
  const arrive = (bytes: number) => {
    for (const { stream } of bodies) if (stream.readableLength === 0) stream.push(Buffer.alloc(bytes));
  };
  const ended = async () => {
    const before = takenBytes;
    await turnOfLoop();
    turns.turnEnded();
    return takenBytes - before;
  };
  return { bodies, arrive, ended };
}

it("large bodies of HTTP/2 take a megabyte together in a turn, however many streams they are on, and the same part each", async () => {
  const { bodies, arrive, ended } = bodiesOf(500);
  await ended();
  for (let i = 0; i < 3; i++) {
    arrive(PIECE_BYTES);
    await ended();
  }
  const before = bodies.map(({ seen }) => seen.bytes);
  for (let i = 0; i < 200; i++) {
    arrive(PIECE_BYTES);
    expect(await ended()).toBeLessThanOrEqual(MB);
  }
  const taken = bodies.map(({ seen }, i) => seen.bytes - (before[i] as number));
  expect(Math.min(...taken)).toBeGreaterThan(0);
  expect(Math.max(...taken) - Math.min(...taken)).toBeLessThanOrEqual(TURN_BYTES + PIECE_BYTES);
});

it("a short body of HTTP/2 is whole at once, however many large ones wait", async () => {
  const { bodies, ended } = bodiesOf(500);
  await ended();
  const short = bodies[499] as (typeof bodies)[number];
  short.stream.push(Buffer.alloc(100));
  short.stream.push(null);
  for (const body of bodies.slice(0, 499)) body.stream.push(Buffer.alloc(2 * PIECE_BYTES));
  await ended();
  expect(short.seen).toEqual({ bytes: 100, isWhole: true });
});

it("bodies of many connections of HTTP/2 that always have more take no more than that of a turn of the event loop, on average", async () => {
  let takenBytes = 0;
  const { listener } = await listening({}, async (call) => {
    for await (const chunk of call.exchange.body) takenBytes += (chunk as Buffer).length;
    return { status: 204, headers: [], body: undefined };
  });
  const piece = Buffer.alloc(64 * 1024);
  for (const client of Array.from({ length: 8 }, () => session(listener)))
    for (let i = 0; i < 8; i++) {
      const request = client.request({ ":method": "POST", ":path": "/" });
      const send = () => void request.write(piece, (error) => error || send());
      request.on("error", () => undefined);
      send();
    }
  const taken = async (bytes: number) => {
    let turns = 0;
    for (const until = takenBytes + bytes; takenBytes < until; turns++) await turnOfLoop();
    return turns;
  };
  // What short bodies may have is of each, and comes at once.
  await taken(4 * MB);
  expect(await taken(8 * MB)).toBeGreaterThan(6);
});
