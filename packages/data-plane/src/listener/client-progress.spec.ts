import type { Socket } from "node:net";
import { expect, it } from "vitest";
import type { ClientLimits } from "./client-limits.ts";
import { ClientProgress } from "./client-progress.ts";

const limits = { timeoutMs: 10_000, readTimeoutMs: 10_000, minBytesPerSecond: 500 } as ClientLimits;

/** After how many seconds a client is given up that moves so many bytes in each second; undefined: it is not, in two minutes. */
function givenUpAfter(
  bytesOf: (second: number) => number,
  awaited: "read" | "body" | "message" = "body",
  given = limits,
): number | undefined {
  const handle = { bytesRead: 0, bytesWritten: 1_000_000_000, writeQueueSize: 1_000_000_000 };
  const progress = new ClientProgress({ _handle: handle } as unknown as Socket);
  progress.measure(awaited, 1_000, given);
  for (let second = 1; second <= 120; second++) {
    handle.bytesRead += bytesOf(second);
    handle.writeQueueSize -= bytesOf(second);
    if (progress.measure(awaited, 1_000, given)) return second;
  }
  return undefined;
}

it.each([
  { client: "one that stalls", bytesOf: () => 0, after: 10 },
  { client: "one byte a second", bytesOf: () => 1, after: 11 },
  { client: "half of the rate", bytesOf: () => 250, after: 20 },
  { client: "the rate", bytesOf: () => 500, after: undefined },
  {
    client: "as much, but only every eight seconds",
    bytesOf: (s: number) => (s % 8 === 0 ? 4_000 : 0),
    after: undefined,
  },
  {
    client: "much at first, then nothing: time is not saved up",
    bytesOf: (s: number) => (s === 1 ? 90_000 : 0),
    after: 11,
  },
])("$client is given up after $after seconds", ({ bytesOf, after }) => {
  expect([givenUpAfter(bytesOf, "body"), givenUpAfter(bytesOf, "read")]).toEqual([after, after]);
});

it("a client that reads has a time of its own", () => {
  const patient = { ...limits, readTimeoutMs: 60_000 };
  expect([givenUpAfter(() => 0, "body", patient), givenUpAfter(() => 0, "read", patient)]).toEqual([10, 60]);
});

it("a client that has begun a message has any time for the rest", () => {
  expect(givenUpAfter(() => 0, "message")).toBeUndefined();
  expect(givenUpAfter((second) => second % 2, "message")).toBeUndefined();
});

it("a lump that the kernel takes gives a reader the time to read it at 16 KB/s, but not any time", () => {
  const lump = (bytes: number) => (second: number) => (second === 1 ? bytes : 0);
  expect(givenUpAfter(lump(30 * 16 * 1024), "read")).toBe(31);
  expect(givenUpAfter(lump(30 * 16 * 1024), "body")).toBe(11);
  expect(givenUpAfter(lump(100_000_000), "read")).toBe(41);
});

it("a client that reads 50 KB/s is not given up, although that is seen only once in 40 seconds", () => {
  const patient = { ...limits, readTimeoutMs: 60_000 };
  expect(givenUpAfter((second) => (second % 40 === 0 ? 2_000_000 : 0), "read", patient)).toBeUndefined();
});

it("time in which nothing is awaited does not count", () => {
  const progress = new ClientProgress({
    _handle: { bytesRead: 0, bytesWritten: 0, writeQueueSize: 0 },
  } as unknown as Socket);
  const measured = Array.from({ length: 100 }, (_, i) =>
    progress.measure(i % 9 === 0 ? undefined : "body", 1_000, limits),
  );
  expect(measured).not.toContain(true);
});
