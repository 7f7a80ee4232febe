import { describe, expect, it, vi } from "vitest";
import type { Call } from "@tollgate/pipeline";
import type { HttpExchange } from "./http-exchange.ts";
import { Turn } from "./turn.ts";

/** A turn over exchanges that only log what is done to them. */
function newTurn(spool: { commit: () => void; isFull?: () => boolean }) {
  const log: string[] = [];
  const reported: string[] = [];
  const turn = new Turn({
    spool: {
      commit: () => {
        spool.commit();
        log.push("commit");
      },
      get isFull() {
        return spool.isFull?.() ?? false;
      },
    },
    unrouted: () => log.push("unrouted"),
    nowMs: () => 7,
    report: (what) => reported.push(what),
  });
  const exchange = (
    name: string,
    { observe = () => {}, complete = () => {} }: { observe?: () => void; complete?: () => void } = {},
  ) =>
    ({
      call: {
        route: { observers: [() => (observe(), log.push(`record ${name}`))] },
        endMs: 0,
        endTrace: () => {},
      } as unknown as Call,
      complete: () => (complete(), log.push(`answer ${name}`)),
      refuse: () => log.push(`refuse ${name}`),
      abandon: () => log.push(`abandon ${name}`),
      passOn: () => log.push(`pass on ${name}`),
    }) as unknown as HttpExchange;
  const ended = () =>
    vi.waitFor(() => expect(log.length).toBeGreaterThan(0), { timeout: 20_000, interval: 1 });
  return { turn, log, reported, exchange, ended };
}

describe("Turn", () => {
  it("records all responses of a turn with one commit before any of them is sent", async () => {
    const { turn, log, exchange, ended } = newTurn({ commit: () => {} });
    for (const name of ["a", "b", "c"]) turn.answered(exchange(name));
    turn.streaming(exchange("s"));
    expect(log).toEqual([]);
    await ended();
    expect(log).toEqual([
      "pass on s",
      "record a",
      "record b",
      "record c",
      "commit",
      "answer a",
      "answer b",
      "answer c",
    ]);
  });

  it("commits in between if the frame is full", async () => {
    let full = false;
    const { turn, log, exchange, ended } = newTurn({ commit: () => void (full = false), isFull: () => full });
    turn.answered(exchange("a"));
    turn.answered(exchange("b", { observe: () => void (full = true) }));
    turn.answered(exchange("c"));
    await ended();
    expect(log).toEqual([
      "record a",
      "record b",
      "commit",
      "answer a",
      "answer b",
      "record c",
      "commit",
      "answer c",
    ]);
  });

  it("sends no response that is not recorded", async () => {
    const { turn, log, reported, exchange, ended } = newTurn({
      commit: () => {
        throw new Error("disk full");
      },
    });
    turn.answered(exchange("a"));
    turn.answered(exchange("b"));
    await ended();
    expect(log).toEqual(["record a", "record b", "refuse a", "refuse b"]);
    expect(reported).toEqual(["calls are refused: their usage cannot be written to the spool"]);
  });

  it("sends the other responses if one cannot be written", async () => {
    const { turn, log, exchange, ended } = newTurn({ commit: () => {} });
    const broken = () => {
      throw new TypeError("Invalid character in header");
    };
    turn.answered(exchange("a", { complete: broken }));
    turn.answered(exchange("b", { observe: broken }));
    turn.answered(exchange("c"));
    await ended();
    expect(log).toEqual(["record a", "record c", "commit", "abandon a", "answer b", "answer c"]);
  });

  it("measures the turn of a call that begins while responses are sent from its beginning", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let nowMs = 0;
    let beganMs: number | undefined;
    const turnsMs: number[] = [];
    const turn: Turn = new Turn({
      spool: { commit: () => {}, isFull: false },
      unrouted: () => {},
      nowMs: () => (nowMs += 10),
      guard: {
        turnBegan: (atMs) => (beganMs ??= atMs),
        turnEnded: () => {
          turnsMs.push((nowMs += 10) - (beganMs ?? Number.NaN));
          beganMs = undefined;
          if (turnsMs.length === 2) resolve();
        },
      },
      report: (what) => expect.unreachable(what),
    });
    turn.answered({
      call: { route: { observers: [] }, endTrace: () => {} } as unknown as Call,
      complete: () => turn.began(nowMs),
    } as unknown as HttpExchange);
    await promise;
    expect(turnsMs).toEqual([20, 20]);
  });
});
