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
  const pool = new UpstreamPool(
    () => ({}) as Client,
    connections,
    () => undefined,
  );
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
  const pool = new UpstreamPool(
    () => client,
    1,
    () => undefined,
  );
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

describe("calls that are over, and that the client has not taken", () => {
  /** A pool whose clients keep what they are given until they are destroyed. */
  function stuckPool(connections: number) {
    const clients: Holder[][] = [];
    const pool: UpstreamPool = new UpstreamPool(
      () => {
        const given: Holder[] = [];
        clients.push(given);
        const destroy = async () => {
          for (const holder of given.splice(0)) pool.back(holder);
        };
        return {
          dispatch: (request: unknown) => given.push(request as Holder),
          destroy,
        } as unknown as Client;
      },
      connections,
      () => undefined,
    );
    const begin = () => {
      const holder: Holder = { ...CALL, go: () => pool.client.dispatch(holder as never, {}) };
      pool.begin(holder);
      return holder;
    };
    return { pool, clients, begin };
  }

  it("keep their places: no more pile up than there are connections, and the client is replaced", () => {
    const { pool, clients, begin } = stuckPool(2);
    const [, , third] = [begin(), begin(), begin()];
    pool.overInQueue();
    pool.overInQueue();
    vi.advanceTimersByTime(5_000);
    expect(clients.map((given) => given.length)).toEqual([2]);
    vi.advanceTimersByTime(1_000);
    expect(clients).toEqual([[], [third]]);
    vi.advanceTimersByTime(60_000);
    expect(clients).toHaveLength(2);
  });

  it("end no call that is still at the upstream", () => {
    const { pool, clients, begin } = stuckPool(2);
    const [alive] = [begin(), begin()];
    pool.overInQueue();
    vi.advanceTimersByTime(60_000);
    expect(clients).toHaveLength(1);
    pool.end(alive as Holder);
    clients[0]?.shift();
    vi.advanceTimersByTime(6_000);
    expect(clients).toEqual([[], []]);
  });
});
