import { expect, it } from "vitest";
import type { Entity, Node } from "@tollgate/proto/control";
import { type Frame, frameOf, stageFigures } from "./frame.ts";
import type { StageRates } from "./rates.ts";
import { stageLimits } from "./stage-limits.ts";

const row = (api: string, more: Partial<StageRates> = {}): StageRates => ({
  stage: { api, stage: "live", protocol: "REST" },
  callsPerSecond: 1,
  clientErrors: undefined,
  serverErrors: undefined,
  p50: undefined,
  p99: undefined,
  ...more,
});

const node = (id: string, more: object = {}) =>
  ({
    id,
    workerCount: 2,
    appliedRevision: 7n,
    missingSinceTimeUnixMs: 0n,
    notReady: "",
    concerns: [],
    ...more,
  }) as unknown as Node;

const frame = (rates: readonly StageRates[], nodes: readonly Node[] = []): Frame => ({
  atMs: Date.parse("2026-11-30T12:00:05Z"),
  rates,
  nodes,
  limits: new Map([["pets\nlive", 100]]),
});

it("programs read numbers that are not rounded; what is not known is absent", () => {
  const { limits } = frame([]);
  expect(JSON.parse(JSON.stringify(stageFigures(row("pets", { callsPerSecond: 0.04 }), limits)))).toEqual({
    api: "pets",
    stage: "live",
    protocol: "REST",
    callsPerSecond: 0.04,
    limitPerSecond: 100,
  });
});

it("shows stages and nodes below the sum of both", () => {
  const rates = [
    row("pets", { callsPerSecond: 12.34, clientErrors: 0.1, serverErrors: 0, p50: 1.25, p99: 20 }),
    row("cars", { callsPerSecond: 250 }),
  ];
  const canary = row("pets", { callsPerSecond: 2 });
  const shown = frameOf(
    frame(
      [...rates, { ...canary, stage: { ...canary.stage, stage: "live/Canary" } }],
      [node("a"), node("b")],
    ),
    { sort: "calls", lines: 40 },
  );
  expect(shown).toEqual([
    "12:00:05  262 calls/s  3 stages  2 of 2 nodes ready",
    "",
    "NODE  WORKERS  REVISION  STATE",
    "a           2         7  ready",
    "b           2         7  ready",
    "",
    "API   STAGE        PROTOCOL  CALLS/S  4XX %  5XX %  P50 MS  P99 MS  LIMIT/S",
    "cars  live         REST          250",
    "pets  live         REST         12.3   10.0    0.0     1.3    20.0      100",
    "pets  live/Canary  REST          2.0",
  ]);
});

it.each([
  ["calls", "b"],
  ["errors", "c"],
  ["latency", "a"],
] as const)("sorts by %s", (sort, first) => {
  const rates = [
    row("a", { p99: 90, clientErrors: 0.5 }),
    row("b", { callsPerSecond: 9 }),
    row("c", { serverErrors: 0.01 }),
  ];
  expect(frameOf(frame(rates), { sort, lines: 40 })[5]).toMatch(new RegExp(`^${first} `));
});

it("shows as much as fits, what is wrong first", () => {
  const rates = Array.from({ length: 30 }, (_, i) => row(`api${i}`));
  const nodes = Array.from({ length: 12 }, (_, i) => node(`n${i}`));
  const bad = [
    node("gone", { missingSinceTimeUnixMs: 5n }),
    node("full", { notReady: "the spool is full" }),
    node("slow", { concerns: ["it lags"] }),
  ];
  const shown = frameOf(frame(rates, [...nodes, ...bad]), { sort: "calls", lines: 24 });
  expect(shown).toHaveLength(24);
  expect(shown[0]).toContain("12 of 15 nodes ready");
  expect(shown.slice(3, 6).map((line) => line.split(/ {2,}/).at(-1))).toEqual([
    "missing",
    "not ready: the spool is full",
    "it lags",
  ]);
  expect(shown).toContain("... and 7 more nodes");
});

it.each([
  [5, ["API", "api0", "... and 29 more stages"]],
  [8, ["API", "api0", "api1", "api2", "api3", "... and 26 more stages"]],
  [9, ["NODE", "n0", "... and 11 more nodes", "API", "api0", "... and 29 more stages"]],
])("on a terminal of %d lines, stages are shown", (lines, begins) => {
  const rates = Array.from({ length: 30 }, (_, i) => row(`api${i}`));
  const nodes = Array.from({ length: 12 }, (_, i) => node(`n${i}`));
  const shown = frameOf(frame(rates, nodes), { sort: "calls", lines });
  expect(shown).toHaveLength(lines);
  expect(
    shown
      .slice(1)
      .filter((line) => line !== "")
      .map((line) => line.split(/ {2,}/)[0]),
  ).toEqual(begins);
});

it("where all lines fit, all nodes are shown", () => {
  const nodes = Array.from({ length: 12 }, (_, i) => node(`n${i}`));
  const shown = frameOf(frame([], nodes), { sort: "calls", lines: Number.POSITIVE_INFINITY });
  expect(shown.filter((line) => line.startsWith("n"))).toHaveLength(12);
});

it("without calls it says where they would be", () => {
  expect(frameOf(frame([]), { sort: "calls", lines: 24 }).join("\n")).toContain("API  STAGE  CALLS/S");
});

it("limits are those of whole stages; stages of REST APIs are known by name, if it is theirs alone", () => {
  const entity = (kind: string, apiId: string, id: string, spec: object) =>
    ({ kind, apiId, id, specJson: JSON.stringify(spec) }) as Entity;
  const limit = (throttlingRateLimit: number) => ({ methodSettings: { "*/*": { throttlingRateLimit } } });
  const limits = stageLimits([
    entity("RestApi", "p1", "p1", { name: "pets" }),
    entity("Stage", "p1", "live", limit(5)),
    entity("Stage", "p1", "test", { methodSettings: { "a/GET": { throttlingRateLimit: 1 } } }),
    entity("RestApi", "c1", "c1", { name: "cars" }),
    entity("RestApi", "c2", "c2", { name: "cars" }),
    entity("Stage", "c1", "live", limit(6)),
    entity("ApiStage", "h1", "$default", { defaultRouteSettings: { throttlingRateLimit: 0.5 } }),
  ]);
  expect(Object.fromEntries(limits)).toEqual({ "pets\nlive": 5, "h1\n$default": 0.5 });
});
