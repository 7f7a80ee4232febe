import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PageResults } from "./results.ts";
import { makePage } from "./run.ts";
import { reasonOf, reportIn, type ScenarioRunner } from "./run-scenario.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tollgate-page-"));
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

const options = { quick: false, only: "call-path,features", minutes: 1, render: false };
const resultsIn = () => JSON.parse(readFileSync(join(folder, "performance.json"), "utf8")) as PageResults;
const pageIn = () => readFileSync(join(folder, "performance.md"), "utf8");
const reportOf = (value: number) => ({
  report: { figures: {}, ratios: {}, measured: { node_vs_nginx: [value], keyed_vs_bare: [value] } },
});

describe("npm run load -- page", () => {
  it("goes on after a scenario that fails, and says in its rows why", async () => {
    const measure: ScenarioRunner = async (name) =>
      name === "call-path" ? { error: "nginx: no such program" } : reportOf(1.07);
    expect(await makePage({ ...options, to: folder }, measure)).toBe(1);
    expect(pageIn()).toContain(
      "whole node / nginx |  |  |  | 1.8 x | 2.1 x | not measured: nginx: no such program |",
    );
    expect(pageIn()).toContain("| API key, throttle and quota of its plan / bare | 1.07 x |");
  });

  it("keeps what was measured before of scenarios that are not measured again", async () => {
    await makePage({ ...options, to: folder }, async () => reportOf(1.5));
    expect(await makePage({ ...options, only: "features", to: folder }, async () => reportOf(1.2))).toBe(0);
    const { runs } = resultsIn();
    expect(runs["call-path"]?.report?.measured?.["node_vs_nginx"]).toEqual([1.5]);
    expect(runs["features"]?.report?.measured?.["keyed_vs_bare"]).toEqual([1.2]);
  });

  it("does not keep values of another machine beside those of this one", async () => {
    await makePage({ ...options, to: folder }, async () => reportOf(1.5));
    const file = join(folder, "performance.json");
    const other = { ...resultsIn(), machine: { ...resultsIn().machine, cpu: "another one" } };
    writeFileSync(file, JSON.stringify(other));
    const measure = vi.fn<ScenarioRunner>(async () => reportOf(1.2));
    expect(await makePage({ ...options, only: "features", to: folder }, measure)).toBe(2);
    expect(measure).not.toHaveBeenCalled();
    expect(resultsIn()).toEqual(other);
    expect(await makePage({ ...options, to: folder }, measure)).toBe(0);
    expect(resultsIn().machine.cpu).not.toBe("another one");
  });

  it("begins nothing when the time for the page is up", async () => {
    const measure = vi.fn<ScenarioRunner>(async () => reportOf(1));
    await makePage({ ...options, minutes: -1, to: folder }, measure);
    expect(measure).not.toHaveBeenCalled();
    expect(pageIn()).toContain("not measured: the time for the page was up");
  });

  it("makes the same page again of the results that it keeps", async () => {
    await makePage({ ...options, to: folder }, async () => reportOf(1.5));
    const before = pageIn();
    await makePage({ ...options, render: true, to: folder }, async () => reportOf(9));
    expect(pageIn()).toBe(before);
  });

  it("refuses names that are not on the page", async () => {
    expect(await makePage({ ...options, only: "call-paht", to: folder })).toBe(2);
  });
});

describe("what a scenario prints", () => {
  it("has its report in the last line of JSON", () => {
    const line = (figures: object) => JSON.stringify({ scenario: "x", figures, ratios: {}, verdicts: [] });
    expect(reportIn(`starting\n${line({ a: 1 })}\n${line({ a: 2 })}\n`)).toEqual({
      figures: { a: 2 },
      ratios: {},
    });
    expect(reportIn("starting\n")).toBeUndefined();
  });

  it("has no report in a line that was cut off", () => {
    expect(reportIn('{"scenario":"x","figures":{"a":1}')).toBeUndefined();
  });

  it("leaves out the rounds that measured nothing", () => {
    const measured = { a: [1, Number.NaN, 3], b: [Number.POSITIVE_INFINITY] };
    const growth = { c: [{ at: 1, rounds: [Number.NaN, 2] }] };
    expect(reportIn(JSON.stringify({ scenario: "x", figures: {}, ratios: {}, measured, growth }))).toEqual({
      figures: {},
      ratios: {},
      measured: { a: [1, 3], b: [] },
      growth: { c: [{ at: 1, rounds: [2] }] },
    });
  });

  it("has the reason of a failure in its last error, without where this machine keeps its files", () => {
    const trace = `file:///x.ts:1\n  throw\n\nError: nginx: ${tmpdir()}/a | b is missing\n    at x (file:///x.ts:1)\n\nNode.js v26\n`;
    expect(reasonOf(trace)).toBe("Error: nginx: /a / b is missing");
    expect(reasonOf("killed\n")).toBe("killed");
  });
});
