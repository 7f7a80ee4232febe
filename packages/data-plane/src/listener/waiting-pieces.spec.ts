import { once } from "node:events";
import { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import { HTTP1_READERS } from "./http1/http1-readers.ts";
import { startOneRoute } from "./one-route.fixture.ts";
import { puttingTogether } from "./waiting-pieces.ts";

class Plain extends puttingTogether(Readable) {
  override _read(): void {}
}

class OfNode extends puttingTogether(IncomingMessage) {
  override _read(): void {}
}

/** More than may wait in any of them. */
const SIZE = 70_000;
const byteAt = (at: number): Buffer => Buffer.from([at % 251]);
const expected = Buffer.from(Array.from({ length: SIZE }, (_, at) => at % 251));

it.each<[string, () => Readable]>([
  ["a stream", () => new Plain({ highWaterMark: 1_000 })],
  ["a request of Node", () => new OfNode(undefined as never)],
])("pieces of one byte that wait in %s are few when they are read, and the same bytes", async (_, make) => {
  const stream = make();
  let mayGoOn = true;
  for (let at = 0; at < SIZE; at++) mayGoOn = stream.push(byteAt(at));
  expect(mayGoOn).toBe(false);
  stream.push(null);
  const pieces: Buffer[] = [];
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  await once(stream, "end");
  expect(Buffer.concat(pieces).equals(expected)).toBe(true);
  expect(pieces.length).toBeLessThan(16);
});

it("what comes while somebody reads is passed on as it comes", async () => {
  const stream = new Plain();
  const pieces: Buffer[] = [];
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  await new Promise(setImmediate);
  const sent = [byteAt(1), byteAt(2)];
  for (const piece of sent) stream.push(piece);
  expect(pieces).toEqual(sent);
  stream.destroy();
});

/** Less than that. */
const SHORT = 50_000;

it.each(HTTP1_READERS)(
  "a body of small chunks that waits is read in few pieces (%s)",
  async (http1Reader) => {
    const got = Promise.withResolvers<{ pieces: number; text: string }>();
    const { listener } = await startOneRoute({ http1Reader }, async (call) => {
      const { body } = call.exchange;
      // Nobody reads it yet, but all of it may come.
      body.read(0);
      const request = body as unknown as { complete?: boolean };
      await expect.poll(() => request.complete ?? body.readableLength === SHORT).toBe(true);
      const read = { pieces: 0, text: "" };
      body.on("data", (piece: Buffer) => {
        read.pieces++;
        read.text += piece.toString("latin1");
      });
      await once(body, "end");
      got.resolve(read);
      return { status: 200, headers: [], body: undefined };
    });
    const client = connect(listener.ports.http, "127.0.0.1");
    onTestFinished(async () => {
      client.destroy();
      await listener.drain(0);
    });
    client.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.write(`${"1\r\nx\r\n".repeat(SHORT)}0\r\n\r\n`);
    const { pieces, text } = await got.promise;
    expect(text).toBe("x".repeat(SHORT));
    expect(pieces).toBeLessThan(16);
  },
);
