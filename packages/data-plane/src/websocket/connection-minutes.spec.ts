import { describe, expect, it } from "vitest";
import { minutesBegun } from "./connection-minutes.ts";

describe("minutes of a connection", () => {
  const december = Date.UTC(2026, 11, 1);

  it.each([
    ["23:58:30 to 00:01:30", -90, 90, [2, 1]],
    ["40 seconds", -30, 10, [1, 0]],
    ["no time at all, just before", -0.001, -0.001, [1, 0]],
    ["from the first instant", 0, 1, [0, 1]],
    ["that ends before", -600, -540, [1, 0]],
    ["that begins later", 60, 61, [0, 1]],
  ])("belong to the month in which they begin: %s", (_what, fromS, toS, expected) => {
    const opened = december + fromS * 1000;
    const ended = december + toS * 1000;
    const old = minutesBegun(opened, Math.min(december - 1, ended));
    expect([old, minutesBegun(opened, ended) - old]).toEqual(expected);
  });
});
