import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { expect, it, vi } from "vitest";
import { keepIdleConnectionsQuiet } from "./idle-connections.ts";

/** A queue that has one request in flight at most, as kafkajs creates it for a connection. */
function queueOf() {
  const Queue = RequestQueue as unknown as new (
    options: object,
  ) => RequestQueue & {
    push(request: object): void;
    fulfillRequest(response: object): void;
  };
  const logger = { debug: () => undefined, namespace: () => logger };
  const sent: number[] = [];
  const queue = new Queue({
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: "test",
    broker: "127.0.0.1:9092",
    logger,
  });
  const push = (correlationId: number) =>
    queue.push({
      entry: { correlationId, resolve: () => undefined, reject: () => undefined },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  const respond = (correlationId: number) => queue.fulfillRequest({ correlationId, payload: null, size: 0 });
  return { sent, push, respond };
}

it("a connection to Kafka with nothing to send has no timer, and sends what waited as soon as it can", () => {
  vi.useFakeTimers();
  try {
    keepIdleConnectionsQuiet();
    const { sent, push, respond } = queueOf();
    push(1);
    respond(1);
    expect(vi.getTimerCount()).toBe(0);
    push(2);
    push(3);
    expect(sent).toEqual([1, 2]);
    respond(2);
    expect(sent).toEqual([1, 2, 3]);
    respond(3);
    vi.runAllTimers();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
