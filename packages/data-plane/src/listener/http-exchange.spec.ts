import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import type { Call } from "@tollgate/pipeline";
import { Connection } from "./connection.ts";
import { HttpExchange } from "./http-exchange.ts";
import { Turn } from "./turn.ts";

/** An exchange whose client does not read: its response is full. */
function withFullResponse() {
  const written: string[] = [];
  const response = {
    writableNeedDrain: true,
    shouldKeepAlive: true,
    writeHead: () => response,
    write: (chunk: Buffer) => written.push(chunk.toString()),
    end: (chunk?: Buffer | string) => written.push(`${String(chunk ?? "")} end`),
    on: () => response,
  };
  const turn = new Turn({
    spool: { commit: () => undefined, isFull: false },
    unrouted: () => undefined,
    nowMs: () => 0,
    report: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });
  const request = { method: "GET", complete: true } as IncomingMessage;
  const exchange = new HttpExchange(
    { request, response: response as unknown as ServerResponse, mustInvite: false },
    new Connection(new Socket(), () => exchange),
    turn,
    { draining: false },
  );
  exchange.call = { method: "GET", route: undefined, endTrace: () => undefined } as unknown as Call;
  return { exchange, written };
}

describe("a response whose client does not read", () => {
  it("waits, and its upstream waits too", async () => {
    const { exchange, written } = withFullResponse();
    exchange.onDrain = vi.fn();
    exchange.start(200, "", [], 10);
    expect(exchange.write(Buffer.from("12345"))).toBe(false);
    await vi.waitFor(() => expect(written).toEqual(["12345"]), { interval: 1 });
    expect(exchange.onDrain).not.toHaveBeenCalled();
  });

  it("lets its upstream finish after the last byte: otherwise the response would never be complete", async () => {
    const { exchange, written } = withFullResponse();
    exchange.onDrain = () => exchange.end();
    exchange.start(200, "", [], 10);
    expect(exchange.write(Buffer.from("1234567890"))).toBe(false);
    await vi.waitFor(() => expect(written).toEqual(["1234567890 end"]), { interval: 1 });
  });
});
