import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, it, vi } from "vitest";
import { type Answering, Connection, type ReceivedRequest } from "./connection.ts";

/** A connection whose first request is not answered, after so many more have arrived together. */
function withWaiting(requests: number) {
  const busy: Answering = {
    awaitsInvitation: false,
    heldBytes: 0,
    fail: () => false,
    release: () => undefined,
  };
  const socket = new Socket();
  const start = vi.fn(() => busy);
  const flooded = vi.fn();
  const connection = new Connection(socket, "192.0.2.1", start, 0, flooded);
  const received: ReceivedRequest = {
    request: { complete: true } as IncomingMessage,
    response: {} as ServerResponse,
    mustInvite: false,
  };
  for (let i = 0; i <= requests; i++) connection.take(received);
  return { socket, connection, start, flooded };
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
