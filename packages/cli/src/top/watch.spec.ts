import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { watch } from "./watch.ts";

const screen = (onShown: (lines: readonly string[], frames: number) => void) => {
  let frames = 0;
  return { lines: 10, show: (lines: readonly string[]) => onShown(lines, ++frames) };
};

it("shows frames, and what was wrong, until somebody leaves; a frame leaves no listener behind", async () => {
  const left = new AbortController();
  const shown: string[] = [];
  const listeners: number[] = [];
  const looks = [Promise.reject(new Error("no connection")), Promise.resolve(["a frame"])];
  await watch(
    async () => (await looks.shift()) ?? ["another"],
    screen((lines, frames) => {
      shown.push(...lines);
      listeners.push(getEventListeners(left.signal, "abort").length);
      if (frames === 4) left.abort();
    }),
    { intervalMs: 1, left: left.signal },
  );
  expect(shown).toEqual(["cannot look: no connection", "a frame", "another", "another"]);
  expect(listeners).toEqual([0, 0, 0, 0]);
});

it("ends while a call has no response, and shows nothing more", async () => {
  const left = new AbortController();
  const look = () => {
    queueMicrotask(() => left.abort());
    return new Promise<never>(() => undefined);
  };
  const shown: string[] = [];
  await watch(
    look,
    screen((lines) => shown.push(...lines)),
    { intervalMs: 1, left: left.signal },
  );
  expect(shown).toEqual([]);
});
