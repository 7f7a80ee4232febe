import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestBody } from "./request-body.ts";

const WAITING_MAX_BYTES = 64 * 1024;
const nothing = () => undefined;

/** Gives a body the bytes 0, 1, 2, ... in pieces, each from a buffer that is overwritten afterwards. */
class Sender {
  readonly #body: RequestBody;
  readonly #buffer = Buffer.alloc(100_000);
  sentBytes = 0;

  constructor(body: RequestBody) {
    this.#body = body;
  }

  send(bytes: number): boolean {
    for (let i = 0; i < bytes; i++) this.#buffer[i + 1] = this.sentBytes + i;
    const mayGoOn = this.#body.receive(this.#buffer, 1, bytes + 1);
    this.#buffer.fill(255);
    this.sentBytes += bytes;
    return mayGoOn;
  }
}

const expected = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, i) => i));

describe("a body that nobody reads", () => {
  it.each([1, 7, 1_024, 20_000])(
    "takes as many bytes as may wait, in few buffers, in pieces of %d",
    async (pieceBytes) => {
      const body = new RequestBody(nothing);
      const sender = new Sender(body);
      while (sender.send(pieceBytes)) if (sender.sentBytes % 997 === 0) await turn();
      expect(sender.sentBytes).toBeGreaterThanOrEqual(WAITING_MAX_BYTES);
      expect(sender.sentBytes).toBeLessThan(WAITING_MAX_BYTES + pieceBytes);
      body.end();
      const read: Buffer[] = [];
      body.on("data", (chunk: Buffer) => read.push(chunk));
      await once(body, "end");
      expect(Buffer.concat(read).equals(expected(sender.sentBytes))).toBe(true);
      expect(read.length).toBeLessThanOrEqual(16);
      // Blocks are not larger than what they have by more than a half.
      const heldBytes = [...new Set(read.map(({ buffer }) => buffer))].reduce(
        (sum, of) => sum + of.byteLength,
        0,
      );
      expect(heldBytes).toBeLessThan(2.5 * WAITING_MAX_BYTES);
    },
  );

  it("says once there is room that its client may go on", async () => {
    let times = 0;
    const body = new RequestBody(() => times++);
    const sender = new Sender(body);
    while (sender.send(1));
    await turn();
    times = 0;
    body.resume();
    await turn();
    expect(times).toBeGreaterThan(0);
  });
});

it("whatever pieces come, and whenever it is read or left alone, the bytes are those that were sent", async () => {
  const step = fc.oneof(
    fc.record({ send: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 30_000 })) }),
    fc.constantFrom("read", "pause", "resume", "turn"),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom("data", "sink"),
      async (steps, way) => {
        const body = new RequestBody(nothing);
        const sender = new Sender(body);
        const got: Buffer[] = [];
        for (const one of steps)
          if (typeof one === "object") sender.send(one.send);
          else if (one === "read") {
            // With a listener, what is read is emitted too.
            if (body.listenerCount("data") === 0) got.push(body.read() ?? Buffer.alloc(0));
          } else if (one === "turn") await turn();
          else if (one === "resume" && body.listenerCount("data") === 0)
            body.on("data", (chunk: Buffer) => got.push(chunk));
          else body[one]();
        if (way === "sink" && body.listenerCount("data") === 0)
          body.giveTo({
            take: (bytes, from, to) => got.push(Buffer.from(bytes.subarray(from, to))) > 0,
            room: nothing,
          });
        else if (body.listenerCount("data") === 0) body.on("data", (chunk: Buffer) => got.push(chunk));
        sender.send(3);
        body.end();
        body.resume();
        await once(body, "end");
        expect(Buffer.concat(got).equals(expected(sender.sentBytes))).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});
