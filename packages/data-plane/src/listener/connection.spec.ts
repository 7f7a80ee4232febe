import type { ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, it, vi } from "vitest";
import type { Answering, ReceivedRequest } from "./client-connection.ts";
import type { ClientRequest } from "./client-stream.ts";
import { Connection } from "./connection.ts";
import { HeldBytes } from "./held-bytes.ts";
import { StreamTurns } from "./stream-turns.ts";

/** A connection whose first request is not answered, after so many more have arrived together. */
function withWaiting(requests: number, heldBytes = 1_000_000) {
  const busy: Answering = {
    awaitsInvitation: false,
    heldBytes: 0,
    fail: () => false,
    release: () => undefined,
  };
  const socket = new Socket();
  const start = vi.fn(() => busy);
  const flooded = vi.fn();
  const held = new HeldBytes(heldBytes, () => undefined);
  const connection = new Connection(socket, "192.0.2.1", {
    start,
    held,
    streams: new StreamTurns(() => undefined),
    nowMs: 0,
    flooded,
  });
  const received: ReceivedRequest = {
    request: { complete: true, url: "/", rawHeaders: ["Host", "x"] } as ClientRequest,
    response: {} as ServerResponse,
    mustInvite: false,
  };
  for (let i = 0; i <= requests; i++) connection.take(received);
  return { socket, connection, start, flooded, held, busy };
}

/** A connection whose client speaks another protocol. */
function withUpgrade(heldBytes: number) {
  const flooded = vi.fn();
  const held = new HeldBytes(heldBytes, () => undefined);
  const start = () => {
    throw new Error("a request began");
  };
  const connection = new Connection(new Socket(), "192.0.2.1", {
    start,
    held,
    streams: new StreamTurns(() => undefined),
    nowMs: 0,
    flooded,
  });
  connection.upgraded();
  return { connection, held, flooded };
}

it("requests that arrive together wait, and the connection is not read meanwhile", () => {
  const { socket, flooded } = withWaiting(64);
  expect(socket.isPaused()).toBe(true);
  expect(socket.destroyed).toBe(false);
  expect(flooded).not.toHaveBeenCalled();
});

it("a connection on which too many wait is ended once, and keeps none of them", () => {
  const { socket, connection, start, flooded } = withWaiting(2_400);
  expect(socket.destroyed).toBe(true);
  expect(flooded).toHaveBeenCalledOnce();
  expect(connection.hasWaiting).toBe(false);
  expect(start).toHaveBeenCalledOnce();
});

it("what waits counts as memory that calls keep, until it waits no more", () => {
  const { connection, held, busy } = withWaiting(3);
  const waitingBytes = held.usedBytes;
  expect(waitingBytes).toBeGreaterThan(3 * 4096);
  expect(connection.heldBytes).toBe(waitingBytes);
  connection.ended(busy, 0);
  expect(held.usedBytes).toBe((waitingBytes * 2) / 3);
  for (let i = 0; i < 3; i++) connection.ended(busy, 0);
  expect(held.usedBytes).toBe(0);
});

it("where there is no memory for what waits, the connection is ended, and nothing of it is kept", () => {
  const { socket, held, flooded } = withWaiting(10, 20_000);
  expect(socket.destroyed).toBe(true);
  expect(flooded).toHaveBeenCalledOnce();
  expect(held.usedBytes).toBe(0);
});

it("a message that is not whole yet counts as memory above 4 KB, and its client is waited for", () => {
  const { connection, held, flooded } = withUpgrade(10_000);
  expect([connection.keeps(4_096), held.usedBytes, connection.awaited]).toEqual([true, 0, undefined]);
  expect([connection.keeps(6_000), held.usedBytes, connection.heldBytes]).toEqual([true, 6_000, 6_000]);
  expect(connection.awaited).toBe("message");
  connection.socket.pause();
  expect(connection.awaited).toBeUndefined();
  expect([connection.keeps(10_001), held.usedBytes]).toEqual([false, 6_000]);
  expect([connection.keeps(5_000), held.usedBytes]).toEqual([true, 5_000]);
  expect([connection.keeps(0), held.usedBytes, connection.awaited]).toEqual([true, 0, undefined]);
  expect(flooded).not.toHaveBeenCalled();
});
