import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { readEventLoop } from "./event-loop.ts";

const BLOCKED_MS = 30;

const readings = (): Record<string, number> =>
  Object.fromEntries(readEventLoop().map(({ name, value }) => [name, Number(value)]));

it("the event loop of a worker is busy while it works, and its turns count", async () => {
  await turn();
  const before = readings();
  const endMs = performance.now() + BLOCKED_MS;
  while (performance.now() < endMs);
  for (let i = 0; i < 5; i++) await turn();
  const after = readings();
  const grown = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
  expect(grown("tollgate.event_loop.busy")).toBeGreaterThanOrEqual((0.9 * BLOCKED_MS) / 1_000);
  expect(grown("tollgate.event_loop.turns")).toBeGreaterThanOrEqual(4);
});
