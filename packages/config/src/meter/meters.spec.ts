import { describe, expect, it } from "vitest";
import { connectionMinutes, minutesStartedBefore } from "./connection-minutes.ts";
import { meters, unitOf, unitsOfBytes } from "./meters.ts";

const KB = 1024;
const MB = 1024 * KB;

describe("units", () => {
  it.each([
    ["http.request", 0, 1],
    ["http.request", 1, 1],
    ["http.request", 512 * KB - 1, 1],
    ["http.request", 512 * KB, 1],
    ["http.request", 512 * KB + 1, 2],
    ["http.request", 513 * KB, 2],
    ["http.request", 1024 * KB, 2],
    ["http.request", 10 * MB, 20],
    ["rest.request", 0, 1],
    ["rest.request", 10 * MB - 1, 1],
    ["rest.request", 10 * MB, 1],
    ["rest.request", 10 * MB + 1, 2],
    ["rest.request", 200 * MB, 20],
    ["websocket.message", 0, 1],
    ["websocket.message", 32 * KB, 1],
    ["websocket.message", 32 * KB + 1, 2],
    ["websocket.message", 33 * KB, 2],
    ["websocket.message", 64 * KB, 2],
    ["websocket.message", 128 * KB, 4],
  ] as const)("of %s: %d bytes are %d", (meter, bytes, units) => {
    expect(unitsOfBytes(meter, bytes)).toBe(units);
  });

  it("are described for every meter", () => {
    expect(meters.filter((meter) => unitOf(meter) === "")).toEqual([]);
  });
});

describe("minutes of a connection", () => {
  const december = Date.UTC(2026, 11, 1);
  const before = (fromS: number, toS: number) => {
    const connection = { connectedUnixMs: december + fromS * 1000, endedUnixMs: december + toS * 1000 };
    const all = connectionMinutes(connection.connectedUnixMs, connection.endedUnixMs);
    const old = minutesStartedBefore(december, connection);
    return [old, all - old];
  };

  it.each([
    ["23:58:30 to 00:01:30", -90, 90, [2, 1]],
    ["40 seconds", -30, 10, [1, 0]],
    ["no time at all, just before", -0.001, -0.001, [1, 0]],
    ["from the first instant", 0, 1, [0, 1]],
    ["that ends before", -600, -540, [1, 0]],
    ["that begins later", 60, 61, [0, 1]],
  ])("belong to the month in which they start: %s", (_what, fromS, toS, expected) => {
    expect(before(fromS, toS)).toEqual(expected);
  });
});
