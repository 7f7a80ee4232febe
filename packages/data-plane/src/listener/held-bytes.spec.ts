import { expect, it } from "vitest";
import { HeldBytes } from "./held-bytes.ts";

it("never counts more than its bound, and asks slow clients for theirs first", () => {
  const asked: unknown[] = [];
  const held: HeldBytes = new HeldBytes(100, (...of) => {
    asked.push(of);
    if (asked.length === 1) held.release(50);
  });
  expect(held.hold(60, "192.0.2.1")).toBe(true);
  expect(held.hold(60, "192.0.2.1")).toBe(true);
  expect(held.hold(60, "192.0.2.1")).toBe(false);
  expect([held.usedBytes, held.refused, asked]).toEqual([
    70,
    1,
    [
      [60, "192.0.2.1"],
      [60, "192.0.2.1"],
    ],
  ]);
});

it("spares half of its bound at most, and asks nobody for that", () => {
  const held = new HeldBytes(100, () => expect.unreachable());
  expect([held.spare(40), held.spare(40), held.spare(10)]).toEqual([true, false, true]);
});
