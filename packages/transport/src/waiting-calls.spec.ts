import { describe, expect, it } from "vitest";
import { UpstreamGate, type Waiter } from "./upstream-gate.ts";
import { WaitingCalls } from "./waiting-calls.ts";

const MIN = 32;

function waitingAt(eventsOf?: () => number) {
  const waiting = new WaitingCalls(eventsOf);
  const gate = new UpstreamGate(1_024, (at) => waiting.at(at));
  const enter = (count: number) => {
    for (let i = 0; i < count; i++) {
      const call: Waiter = {
        waitsSinceMs: undefined,
        ahead: undefined,
        behind: undefined,
        go: () => undefined,
      };
      gate.enter(call);
    }
  };
  return { waiting, gate, enter };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("calls that wait for the event loop", () => {
  it("are counted, with the time that the first has waited", () => {
    const { waiting, enter } = waitingAt();
    expect({ count: waiting.count, oldestMs: waiting.oldestMs(1e9) }).toEqual({ count: 0, oldestMs: 0 });
    const beforeMs = performance.now();
    enter(MIN + 7);
    expect(waiting.count).toBe(7);
    expect(waiting.oldestMs(beforeMs + 5_000)).toBeLessThanOrEqual(5_000);
    expect(waiting.oldestMs(beforeMs + 5_000)).toBeGreaterThan(0);
  });

  it("go on when the loop has nothing to do, as libuv counts it", async () => {
    const { waiting, gate, enter } = waitingAt();
    enter(200);
    for (let turns = 0; waiting.count > 0; turns++) {
      if (turns === 50) throw new Error(`${waiting.count} calls still wait`);
      await turn();
    }
    expect({ going: gate.going, oldestMs: waiting.oldestMs(1e9) }).toEqual({ going: 200, oldestMs: 0 });
  });

  it("wait while every turn of it has events", async () => {
    let events = 0;
    const { waiting, gate, enter } = waitingAt(() => events++);
    enter(200);
    for (let turns = 0; turns < 20; turns++) await turn();
    expect({ going: gate.going, waiting: waiting.count }).toEqual({ going: MIN, waiting: 200 - MIN });
  });
});
