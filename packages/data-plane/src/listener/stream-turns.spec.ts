import { describe, expect, it } from "vitest";
import { StreamTurns } from "./stream-turns.ts";

const PIECE_BYTES = 64 * 1024;

/** Streams that always have another piece; a turn of the event loop takes one of each that may go on. */
function streamsOf(count: number) {
  let scheduled = 0;
  const turns = new StreamTurns(() => scheduled++);
  const taken = Array.from({ length: count }, () => 0);
  const reading = new Set(taken.keys());
  const streams = taken.map((_, i) => ({ goOn: () => reading.add(i) }));
  const turn = () => {
    const before = taken.reduce((sum, n) => sum + n, 0);
    for (const i of reading) {
      (taken[i] as number)++;
      if (turns.passes(PIECE_BYTES)) continue;
      reading.delete(i);
      turns.wait(streams[i] as { goOn(): void });
    }
    turns.turnEnded();
    return taken.reduce((sum, n) => sum + n, 0) - before;
  };
  return { turn, taken, scheduled: () => scheduled };
}

describe("large bodies that take turns", () => {
  it("go on without waiting while a turn takes less than its bytes", () => {
    const { turn, taken, scheduled } = streamsOf(8);
    for (let i = 0; i < 100; i++) turn();
    expect(taken).toEqual(Array.from({ length: 8 }, () => 100));
    expect(scheduled()).toBe(0);
  });

  it("take a megabyte together in a turn, however many they are, once they take turns", () => {
    const { turn } = streamsOf(1_000);
    expect(turn()).toBe(1_000);
    // Those that were let go on before it was too much have another piece.
    expect(turn()).toBeLessThan(32);
    for (let i = 0; i < 200; i++) expect(turn()).toBeLessThanOrEqual(8);
  });

  it("get the same part each, one after the other", () => {
    const { turn, taken } = streamsOf(500);
    for (let i = 0; i < 32 * 20; i++) turn();
    expect(Math.max(...taken) - Math.min(...taken)).toBeLessThanOrEqual(1);
  });

  it("ask for another turn as long as one of them waits: no other event may come", () => {
    const { turn, scheduled } = streamsOf(40);
    turn();
    const asked = scheduled();
    expect(asked).toBeGreaterThan(0);
    turn();
    expect(scheduled()).toBeGreaterThan(asked);
  });

  it("one that waits already waits once", () => {
    const turns = new StreamTurns(() => undefined);
    let goneOn = 0;
    const stream = { goOn: () => goneOn++ };
    turns.wait(stream);
    turns.wait(stream);
    turns.turnEnded();
    turns.turnEnded();
    expect(goneOn).toBe(1);
  });
});
