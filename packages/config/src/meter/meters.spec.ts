import { describe, expect, it } from "vitest";
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
