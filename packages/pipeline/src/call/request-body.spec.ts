import { once } from "node:events";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Call } from "./call.ts";
import { readBodyStart, readWholeBody } from "./request-body.ts";
import { WholeExchange } from "./whole-exchange.ts";

/** A call whose body comes in pieces. */
function callWith(
  pieces: readonly Buffer[],
  body: Readable = Readable.from(pieces, { objectMode: false }),
): Call {
  const exchange = Object.assign(new WholeExchange(Buffer.alloc(0)), { body });
  return new Call({
    method: "POST",
    url: "/",
    headers: ["Transfer-Encoding", "chunked"],
    exchange,
    sourceIp: "192.0.2.1",
    protocol: "HTTP/1.1",
    scheme: "https",
    port: 443,
    nowMs: 0,
    unixMs: 0,
  });
}

const pieces = (sizeBytes: number, pieceBytes: number) => {
  const whole = Buffer.from(Array.from({ length: sizeBytes }, (_, i) => i % 251));
  const cut = [];
  for (let i = 0; i < sizeBytes; i += pieceBytes) cut.push(whole.subarray(i, i + pieceBytes));
  return { whole, cut };
};

describe("the start of a body", () => {
  it.each([
    [0, 10, 16],
    [10, 3, 16],
    [16, 16, 16],
    [17, 5, 16],
    [200_000, 7_000, 16_384],
    [200_000, 200_000, 16_384],
  ])(
    "%i bytes in pieces of %i: %i are inspected, and all of them are still there",
    async (size, piece, most) => {
      const { whole, cut } = pieces(size, piece);
      const call = callWith(cut);
      const { bytes, isCut } = await readBodyStart(call, most);
      expect(bytes.equals(whole.subarray(0, most))).toBe(true);
      expect(isCut).toBe(size > most);
      expect((await readWholeBody(call)).equals(whole)).toBe(true);
    },
  );

  it("the rest can be streamed", async () => {
    const { whole, cut } = pieces(100_000, 9_000);
    const call = callWith(cut);
    await readBodyStart(call, 16_384);
    const streamed: Buffer[] = [];
    for await (const chunk of call.exchange.body) streamed.push(chunk as Buffer);
    expect(Buffer.concat(streamed).equals(whole)).toBe(true);
  });

  it("a client that left before it is read refuses the call", async () => {
    for (const read of [readWholeBody, (call: Call) => readBodyStart(call, 16)]) {
      const body = new Readable({ read: () => undefined });
      body.destroy();
      await once(body, "close");
      await expect(read(callWith([], body))).rejects.toThrow("the client left");
    }
  });

  it("a client that leaves refuses the call", async () => {
    const body = new Readable({ read: () => undefined });
    const call = callWith([], body);
    const read = readBodyStart(call, 16);
    body.destroy();
    await expect(read).rejects.toThrow("the client left");
  });
});
