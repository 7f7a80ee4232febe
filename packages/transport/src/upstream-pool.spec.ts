import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Client } from "./http1/http1-pool.ts";
import { type Holder, UpstreamPool } from "./upstream-pool.ts";

const CONNECTIONS = 4;
const KB = 1024;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const CALL: Holder = {
  heldMs: 0,
  waitsSinceMs: undefined,
  ahead: undefined,
  behind: undefined,
  go: () => undefined,
  giveUp: () => undefined,
};

/** A pool of which every connection is taken by a client that reads `bytes` every `everyMs`. */
function heldPool(bytes: number, everyMs: number, connections = CONNECTIONS) {
  const pool = new UpstreamPool({} as Client, connections, () => undefined);
  const freed: number[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    const holder: Holder = {
      ...CALL,
      giveUp() {
        freed.push(i);
        clearInterval(reading);
        pool.end(holder);
      },
    };
    pool.begin(holder);
    pool.paused(holder, bytes);
    const reading = setInterval(() => {
      pool.resumed(holder);
      pool.paused(holder, bytes);
    }, everyMs);
  }
  return { pool, freed };
}

describe("a pool whose connections all wait for clients", () => {
  it.each([
    ["do not read", 0, 1e6],
    ["read a lump now and then", 1_024 * KB, 10_000],
    ["read a little often", 16 * KB, 500],
  ])("gives those of clients that %s to calls that wait", (_what, bytes, everyMs) => {
    const { pool, freed } = heldPool(bytes, everyMs);
    pool.begin({ ...CALL });
    pool.begin({ ...CALL });
    vi.advanceTimersByTime(2_500);
    expect(freed).toHaveLength(2);
  });

  it("leaves clients alone that read well", () => {
    const { pool, freed } = heldPool(64 * KB, 100);
    pool.begin({ ...CALL });
    vi.advanceTimersByTime(60_000);
    expect(freed).toEqual([]);
  });

  it("leaves them alone while calls wait for the event loop and connections are free", () => {
    const { pool, freed } = heldPool(0, 1e6, 64);
    for (let i = 0; i < 100; i++) pool.begin({ ...CALL });
    vi.advanceTimersByTime(60_000);
    expect(freed).toEqual([]);
  });

  it("leaves them alone while no call waits", () => {
    const { freed } = heldPool(0, 1e6);
    vi.advanceTimersByTime(60_000);
    expect(freed).toEqual([]);
  });
});

it("a pool that is forgotten sends the calls that wait, and closes when all are over", () => {
  let closed = 0;
  const client = { close: async () => void closed++ } as unknown as Client;
  const pool = new UpstreamPool(client, 1, () => undefined);
  const sent: string[] = [];
  const callOf = (name: string): Holder => ({
    ...CALL,
    go: () => void sent.push(`${name}, closed ${closed}`),
  });
  const [first, second] = [callOf("first"), callOf("second")];
  pool.begin(first);
  pool.begin(second);
  pool.forget();
  pool.end(first);
  expect({ sent, closed }).toEqual({ sent: ["first, closed 0", "second, closed 0"], closed: 0 });
  pool.end(second);
  expect(closed).toBe(1);
});
