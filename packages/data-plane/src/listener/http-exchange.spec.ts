import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import type { Call } from "@tollgate/pipeline";
import type { ClientRequest } from "./client-stream.ts";
import { Connection } from "./connection.ts";
import { HeldBytes } from "./held-bytes.ts";
import { HttpExchange } from "./http-exchange.ts";
import type { ListenerState } from "./listener-state.ts";
import { sourceOf } from "./one-route.fixture.ts";
import { Turn } from "./turn.ts";

const KB = 1024;

/** An exchange whose client does not read: nothing that is written leaves. */
function withFullResponse({
  heldBytes = 10_000 * KB,
  responseBufferBytes = 64 * KB,
  report = (what: string, error: unknown): void => {
    throw new Error(what, { cause: error });
  },
} = {}) {
  const written: string[] = [];
  let queued = 0;
  const response = {
    writableNeedDrain: true,
    get writableLength() {
      return queued;
    },
    shouldKeepAlive: true,
    writeHead: (status: number) => written.push(`${status}`),
    write: (chunk: Buffer) => {
      queued += chunk.length;
      written.push(`${chunk.length}`);
    },
    end: (chunk?: Buffer | string) => written.push(`${chunk?.length ?? 0} end`),
    destroy: () => written.push("cut"),
    on: () => response,
  };
  const turn = new Turn({
    spool: { commit: () => undefined, isFull: false },
    unrouted: () => undefined,
    nowMs: () => 0,
    report,
  });
  const request = { method: "GET", complete: true } as ClientRequest;
  const held = new HeldBytes(heldBytes, () => undefined);
  const state: ListenerState = {
    draining: false,
    callsInFlight: 1,
    busyBySource: () => new Map(),
    held,
    responseBufferBytes,
  };
  const exchange = new HttpExchange(
    { request, response: response as unknown as ServerResponse, mustInvite: false },
    new Connection(new Socket(), "192.0.2.1", {
      start: () => exchange,
      held,
      streams: turn.streams,
      nowMs: 0,
      flooded: () => undefined,
    }),
    turn,
    state,
  );
  exchange.call = { method: "GET", route: undefined, endTrace: () => undefined } as unknown as Call;
  const until = (...parts: string[]) =>
    vi.waitFor(() => expect(written).toEqual(parts), { timeout: 20_000, interval: 1 });
  return { exchange, response, written, held, until };
}

describe("a response whose client does not read", () => {
  it("waits, and its upstream waits too", async () => {
    const { exchange, until } = withFullResponse();
    const drained = vi.fn();
    exchange.source = sourceOf({ drained });
    exchange.start(200, "", [], 100 * KB);
    expect(exchange.write(Buffer.alloc(70 * KB))).toBe(false);
    await until("200", `${70 * KB}`);
    expect(drained).not.toHaveBeenCalled();
  });

  it("lets its upstream finish after the last byte: otherwise the response would never be complete", async () => {
    const { exchange, until } = withFullResponse();
    exchange.source = sourceOf({ drained: () => exchange.end() });
    exchange.start(200, "", [], 70 * KB);
    expect(exchange.write(Buffer.alloc(70 * KB))).toBe(false);
    await until("200", `${70 * KB} end`);
  });

  it("is buffered as far as it may be, so that its upstream is free again, and that is counted", async () => {
    const { exchange, held, until } = withFullResponse({ responseBufferBytes: 256 * KB });
    exchange.start(200, "", [], undefined);
    expect(exchange.write(Buffer.alloc(200 * KB))).toBe(true);
    await until("200", `${200 * KB}`);
    expect(held.usedBytes).toBeGreaterThanOrEqual(200 * KB);
    expect(exchange.write(Buffer.alloc(100 * KB))).toBe(false);
    exchange.release();
    expect(held.usedBytes).toBe(0);
  });

  it("is not buffered where half of the memory is taken", () => {
    const { exchange, held } = withFullResponse({ heldBytes: 400 * KB, responseBufferBytes: 256 * KB });
    held.hold(150 * KB, "192.0.2.2");
    exchange.start(200, "", [], undefined);
    expect(exchange.write(Buffer.alloc(100 * KB))).toBe(false);
  });
});

describe("a call for whose body there is no memory", () => {
  it("ends its connection with its response, which a client that does not read would keep for as long as it likes", () => {
    const { exchange, response } = withFullResponse({ heldBytes: 400 * KB });
    expect([exchange.hold(300 * KB), response.shouldKeepAlive]).toEqual([true, true]);
    expect([exchange.hold(200 * KB), response.shouldKeepAlive]).toEqual([false, false]);
  });
});

describe("a call whose client has gone in the middle", () => {
  it("keeps nothing in memory from then on, whatever its upstream still sends", () => {
    const { exchange, held } = withFullResponse({ responseBufferBytes: 256 * KB });
    const clientGone = vi.fn();
    exchange.source = sourceOf({ clientGone });
    expect(exchange.hold(100 * KB)).toBe(true);
    exchange.closed();
    exchange.release();
    expect(clientGone).toHaveBeenCalledOnce();
    expect(exchange.hold(100 * KB)).toBe(false);
    expect(held.usedBytes).toBe(0);
  });

  it("nor does a response that is written after its client was given up", () => {
    const { exchange, held } = withFullResponse({ responseBufferBytes: 256 * KB });
    exchange.start(200, "", [], undefined);
    exchange.release();
    expect(exchange.write(Buffer.alloc(100 * KB))).toBe(false);
    expect(held.usedBytes).toBe(0);
  });
});

describe("a response that cannot be finished", () => {
  it("is replaced where nothing of it has left: a short one leaves as a whole", async () => {
    const { exchange, until } = withFullResponse();
    exchange.start(200, "", [], 10);
    expect(exchange.write(Buffer.from("12345"))).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(exchange.retract()).toBe(true);
    exchange.reply(502, [], "failed");
    await until("502", "6 end");
  });

  it("is cut where it is too late for that", async () => {
    const { exchange, until } = withFullResponse();
    exchange.start(200, "", [], undefined);
    exchange.write(Buffer.from("12345"));
    await until("200", "5");
    expect(exchange.retract()).toBe(false);
    exchange.destroy();
    await until("200", "5", "cut");
  });

  it.each([
    [200, '{"message":"Bad Gateway"}'],
    // Node has taken that there is no body.
    [204, ""],
    [304, ""],
  ])("is 502 as a whole where Node refuses its head of %i", async (status, body) => {
    const report = vi.fn();
    const { exchange, response } = withFullResponse({ report });
    const sent = new PassThrough();
    const real = new ServerResponse(
      Object.assign(new IncomingMessage(new Socket()), { httpVersionMajor: 1 }),
    );
    real.assignSocket(sent as unknown as Socket);
    Object.assign(response, {
      writeHead: real.writeHead.bind(real),
      end: real.end.bind(real),
      headersSent: false,
    });
    exchange.reply(status, ["X-Own", "a\u0000b"], "x");
    await vi.waitFor(() => expect(real.writableEnded).toBe(true), { timeout: 20_000, interval: 1 });
    expect(report).toHaveBeenCalledOnce();
    expect(String(sent.read())).toMatch(
      new RegExp(
        `^HTTP/1.1 502 Bad Gateway\r\n(?:[\\w-]+: [^\r]+\r\n)*Content-Length: ${body.length}\r\n(?:[\\w-]+: [^\r]+\r\n)*\r\n${body}$`,
      ),
    );
  });
});
