import { expect, it } from "vitest";
import { LATE_MS, LateEvents } from "./late-events.ts";

const event = (id: string, unixMs: number) => ({ id, unixMs: BigInt(unixMs) });

it("an event that arrives after younger ones is new once, and what was shown is not", () => {
  const events = new LateEvents();
  expect(["a", "c"].map((id) => events.isNew(event(id, 100_000), 100_000))).toEqual([true, true]);
  expect(
    [event("a", 100_000), event("b", 99_000), event("c", 100_000)].map((one) => events.isNew(one, 100_000)),
  ).toEqual([false, true, false]);
  expect(events.isNew(event("b", 99_000), 100_000)).toBe(false);
});

it("a look begins so far back that late events are read, and not before what was asked for", () => {
  const events = new LateEvents();
  expect(events.startUnixMs(100_000, 0n)).toBe(BigInt(100_000 - LATE_MS));
  expect(events.startUnixMs(100_000, 99_000n)).toBe(99_000n);
});

it("only what can be read again is remembered", () => {
  const events = new LateEvents();
  for (let i = 0; i < 1_000; i++) events.isNew(event(String(i), i * 1_000), 900_000);
  expect(events.size).toBe(160);
  events.forget(1_000_000);
  expect(events.size).toBe(60);
});
