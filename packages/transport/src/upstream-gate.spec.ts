import { describe, expect, it } from "vitest";
import { UpstreamGate, type Waiter } from "./upstream-gate.ts";

const MAX = 1_024;
const MIN = 32;

/** A gate, and what happened at it. */
function gateOf(max = MAX) {
  let told = 0;
  const gate = new UpstreamGate(max, () => told++);
  const sent: number[] = [];
  const calls: Waiter[] = [];
  const enter = (count: number, onGo?: (call: Waiter) => void) => {
    for (let i = 0; i < count; i++) {
      const number = calls.length;
      const call: Waiter = {
        waitsSinceMs: undefined,
        ahead: undefined,
        behind: undefined,
        go() {
          sent.push(number);
          onGo?.(call);
        },
      };
      calls.push(call);
      gate.enter(call);
    }
  };
  const leave = (number: number) => gate.leave(calls[number] as Waiter);
  return { gate, sent, enter, leave, told: () => told };
}

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

describe("an upstream gate", () => {
  it("sends calls at once up to its limit, and the others in the order in which they came", () => {
    const { gate, sent, enter, leave, told } = gateOf();
    enter(MIN);
    expect({ sent, told: told() }).toEqual({ sent: upTo(MIN), told: 0 });
    enter(3);
    expect({ waiting: gate.waitingForLoop, told: told() > 0 }).toEqual({ waiting: 3, told: true });
    leave(5);
    leave(0);
    expect(sent).toEqual(upTo(MIN + 2));
    expect({ going: gate.going, waiting: gate.waitingForLoop }).toEqual({ going: MIN, waiting: 1 });
  });

  it("forgets calls that end while they wait, wherever in the queue they are", () => {
    const { gate, sent, enter, leave } = gateOf();
    enter(MIN + 5);
    for (const number of [MIN + 2, MIN, MIN + 4]) leave(number);
    expect({ going: gate.going, waiting: gate.waitingForLoop }).toEqual({ going: MIN, waiting: 2 });
    leave(0);
    leave(1);
    expect(sent.slice(MIN)).toEqual([MIN + 1, MIN + 3]);
    expect(gate.waitsSinceMs).toBeUndefined();
    enter(1);
    leave(2);
    expect(sent.at(-1)).toBe(MIN + 5);
  });

  it("sends all that wait, up to the connections that there are, within a few turns of a loop that is idle", () => {
    const { gate, sent, enter } = gateOf();
    enter(MAX + 10);
    let turns = 0;
    while (gate.turned(true)) turns++;
    expect({ sent: sent.length, waiting: gate.waitingForLoop }).toEqual({ sent: MAX, waiting: 0 });
    expect(turns).toBeLessThan(10);
  });

  it("keeps what a slow upstream needs while nothing waits, and gives it back where the loop is busy", () => {
    const { gate, enter, leave } = gateOf();
    enter(MAX);
    while (gate.turned(true));
    for (const number of upTo(MAX)) leave(number);
    enter(MAX);
    expect({ going: gate.going, waiting: gate.waitingForLoop }).toEqual({ going: MAX, waiting: 0 });
    enter(500);
    leave(MAX);
    expect(gate.going).toBe(MAX);
    // Calls wait for a connection only: they wait for the loop when one is free that they may not have.
    expect(gate.turned(false)).toBe(false);
  });

  it("lets fewer and fewer go while the loop has no idle time, but never less than it needs", () => {
    const { gate, enter, leave } = gateOf();
    enter(200);
    gate.turned(true);
    gate.turned(true);
    gate.turned(true);
    expect(gate.going).toBe(108);
    let ended = 0;
    const counts: number[] = [];
    for (let turn = 0; turn < 12; turn++) {
      enter(20);
      gate.turned(false);
      for (let i = 0; i < 20; i++) leave(ended++);
      counts.push(gate.going);
    }
    expect(counts.at(-1)).toBe(MIN);
    expect([...counts].sort((a, b) => b - a)).toEqual(counts);
  });

  it("goes on where calls end as soon as they are sent, however many wait", () => {
    const { gate, sent, enter, leave } = gateOf();
    enter(MIN);
    enter(50_000, (call) => gate.leave(call));
    leave(0);
    expect({ sent: sent.length, waiting: gate.waitingForLoop }).toEqual({ sent: MIN + 50_000, waiting: 0 });
  });

  it("does not count calls that wait for their clients to read, up to the connections that there are", () => {
    const { gate, sent, enter, leave } = gateOf(100);
    enter(150);
    for (let i = 0; i < 20; i++) gate.rests();
    expect({ sent: sent.length, waiting: gate.waitingForLoop }).toEqual({ sent: MIN + 20, waiting: 98 });
    for (let i = 0; i < 60; i++) gate.rests();
    expect({ sent: sent.length, waiting: gate.waitingForLoop }).toEqual({ sent: 100, waiting: 0 });
    gate.goesOn();
    leave(0);
    expect({ sent: sent.length, going: gate.going }).toEqual({ sent: 101, going: 100 });
  });

  it("has no more calls than connections where these are few", () => {
    const { gate, enter, leave, told } = gateOf(2);
    enter(5);
    expect({ going: gate.going, told: told(), waiting: gate.waitingForLoop }).toEqual({
      going: 2,
      told: 0,
      waiting: 0,
    });
    leave(0);
    expect(gate.going).toBe(2);
  });
});
