import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { ServingConnection } from "./client-connection.ts";
import type { ClientRequest } from "./client-stream.ts";
import { Connection } from "./connection.ts";
import { HeldBytes } from "./held-bytes.ts";
import type { ListenerState } from "./listener-state.ts";
import { PacedRefusals, refusalsOf, TICK_MS } from "./paced-refusals.ts";
import { StreamTurns } from "./stream-turns.ts";

it("a refused connection is idle from the end of its refusal, not from when it was due at the latest", () => {
  let nowMs = 5_000;
  const refusals = new PacedRefusals({ draining: false } as ListenerState, () => nowMs, {
    refusalsWait: () => undefined,
  });
  const response = Object.assign(new EventEmitter(), { destroyed: true }) as unknown as ServerResponse;
  const connection = new Connection(new Socket(), "192.0.2.1", {
    start: (received, of) => refusals.refuse(received, of),
    held: new HeldBytes(0, () => undefined),
    streams: new StreamTurns(() => undefined),
    nowMs: nowMs,
    flooded: () => undefined,
  });
  connection.take({ request: { complete: true } as ClientRequest, response, mustInvite: false });
  nowMs = 5_020;
  response.emit("close");
  expect([connection.isIdle, connection.idleSinceMs]).toEqual([true, 5_020]);
});

it("clients that have gone do not make those wait that come after them", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const waits: boolean[] = [];
  const refusals = new PacedRefusals({ draining: false } as ListenerState, () => performance.now(), {
    refusalsWait: (areWaiting) => waits.push(areWaiting),
  });
  const connection = { ended: () => undefined } as unknown as ServingConnection;
  const sent: number[] = [];
  const refuse = (number: number) => {
    const response = Object.assign(new EventEmitter(), {
      destroyed: false,
      writeHead: () => undefined,
      end: () => sent.push(number),
    }) as unknown as ServerResponse;
    const received = { request: { complete: true } as ClientRequest, response, mustInvite: false };
    refusals.refuse(received, connection);
    return response;
  };
  const flood = Array.from({ length: 2_000 }, (_, number) => refuse(number));
  for (const response of flood) response.emit("close");
  refuse(2_000);
  vi.advanceTimersByTime(2 * TICK_MS);
  expect(sent.at(-1)).toBe(2_000);
  expect([waits[0], waits.at(-1)]).toEqual([true, false]);
});

describe("refusals that wait", () => {
  it.each([
    { waiting: 100, turnMs: TICK_MS },
    { waiting: 2_000, turnMs: TICK_MS },
    { waiting: 2_000, turnMs: 300 },
    { waiting: 20_000, turnMs: 1_000 },
  ])("$waiting are sent within a few seconds, also where a turn takes $turnMs ms", ({ waiting, turnMs }) => {
    let elapsedMs = 0;
    for (let left = waiting; left > 0; elapsedMs += turnMs) {
      const sent = refusalsOf(left, turnMs);
      // Never all together: that would stop the worker.
      expect(sent).toBeLessThanOrEqual(Math.max(100, waiting / 100) * (turnMs / TICK_MS));
      left -= sent;
    }
    expect(elapsedMs).toBeLessThan(12_000);
  });
});
