import { expect, it } from "vitest";
import type { SegmentDocument } from "@tollgate/telemetry/segment";
import { earliestUnixMs, treeLines } from "./trace.ts";

const segment = (id: string, members: Partial<SegmentDocument>): SegmentDocument => ({
  id,
  name: id,
  trace_id: "1-67a0b1c2-000000000000000000000001",
  start_time: 100,
  end_time: 100.01,
  ...members,
});

it("a trace is printed as a tree of what called what", () => {
  const lambda = {
    id: "l",
    name: "Lambda",
    start_time: 100.001,
    end_time: 100.009,
    http: { response: { status: 200 } },
  };
  const lines = treeLines([
    segment("function", {
      parent_id: "l",
      start_time: 100.002,
      end_time: 100.008,
      origin: "AWS::Lambda::Function",
    }),
    segment("lost", { parent_id: "unknown", start_time: 100.5, end_time: 100.6, fault: true }),
    segment("gateway", {
      http: { request: { method: "GET", url: "http://a/b" }, response: { status: 200 } },
      subsegments: [lambda],
    }),
  ]);
  expect(lines).toEqual([
    "      +0 ms       10 ms  gateway GET http://a/b 200",
    "      +1 ms        8 ms    Lambda 200",
    "      +2 ms        6 ms      function (AWS::Lambda::Function)",
    "    +500 ms      100 ms  lost fault",
  ]);
});

it("a circle of segments is printed once", () => {
  expect(
    treeLines([segment("a", { parent_id: "b" }), segment("b", { parent_id: "a" }), segment("c", {})]),
  ).toHaveLength(1);
});

it("a trace is looked for from the time in its id on; where that is in the future, as in ids of OpenTelemetry, everywhere", () => {
  const id = (seconds: string) => `1-${seconds}-000000000000000000000001`;
  expect(earliestUnixMs(id("000003e8"), 2_000_000)).toBe(940_000);
  expect(earliestUnixMs(id("00000001"), 2_000_000)).toBe(0);
  expect(earliestUnixMs(id("ffffffff"), 2_000_000)).toBe(0);
});
