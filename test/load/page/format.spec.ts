import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { FIGURES, figuresOf, ON_PAGE } from "../figures.ts";
import { formatPage, growthTable } from "./format.ts";
import type { PageResults, ScenarioRun } from "./results.ts";

const machine = { cpu: "A Processor", cores: 2, memoryGb: 24, kernel: "6.1.0", node: "v26.10.0" };
const run: ScenarioRun = {
  at: "2026-11-30T21:15:00.000Z",
  commit: "0123abcd",
  seconds: 98.6,
  load: 0.4,
  isQuick: false,
};
const callPath: ScenarioRun = {
  ...run,
  report: {
    figures: { node_us_per_call: 31.2 },
    ratios: { vs_nginx: 1.62 },
    measured: {
      node_vs_nginx: [1.75, 1.7, 1.9, 1.71, 1.79],
      node_vs_caddy: [0.4, 0.41, 0.39],
      http_api_vs_rest_api: [1.02, 0.99, 1.1],
    },
    programs: { nginx: "1.22.1" },
  },
};
const pageOf = (runs: PageResults["runs"]) => formatPage({ machine, runs }).split("\n");

const DOCS = fileURLToPath(new URL("../../../packages/docs/", import.meta.url));

describe("the page of figures", () => {
  it("in the documentation is that of its results: `npm run load -- page --render` makes it again", () => {
    const results = JSON.parse(readFileSync(join(DOCS, "performance.json"), "utf8")) as PageResults;
    expect(readFileSync(join(DOCS, "performance.md"), "utf8")).toBe(formatPage(results));
  });

  it("says of each figure the median, the spread, the goal, the least, and whether it holds", () => {
    const lines = pageOf({ "call-path": callPath });
    expect(lines).toContain(
      "| bare `HTTP_PROXY` call, all observers on, whole node / nginx | 1.75 x | 1.7 - 1.9 | 5 | 1.8 x | 2.1 x | held |",
    );
    expect(lines).toContain("| the same / Caddy | 0.4 x | 0.39 - 0.41 | 3 | 0.38 x | 0.45 x | least held |");
    expect(lines.find((line) => line.startsWith("| the call of an HTTP API"))).toMatch(/\| not held \|$/);
  });

  it("says on what, when, and of which commit it was measured", () => {
    const lines = pageOf({ "call-path": callPath });
    expect(lines).toContain("| processor | cores | memory | kernel | Node.js | nginx |");
    expect(lines).toContain("| A Processor | 2 | 24 GB | 6.1.0 | v26.10.0 | 1.22.1 |");
    expect(lines).toContain(
      "| `npm run load -- call-path` | 2026-11-30 21:15 | 0123abcd | 99 | 0.4 | measured |",
    );
  });

  it("has the other values of a run, and how it is measured", () => {
    const lines = pageOf({ "call-path": callPath });
    expect(lines).toContain("| `call-path` | `node_us_per_call` | 31.2 |");
    expect(lines).toContain(`- \`call-path\`: ${ON_PAGE["call-path"]}`);
  });

  it("has a row of every figure, with the reason where it was not measured", () => {
    const lines = pageOf({ features: { ...run, error: "nginx cannot be installed" } });
    for (const scenario of Object.keys(FIGURES))
      for (const [, { title }] of figuresOf(scenario))
        expect(
          lines.filter((line) => line.startsWith(`| ${title} |`)),
          title,
        ).toHaveLength(1);
    expect(lines).toContain(
      "| SigV4 / bare |  |  |  | 1.25 x | 1.35 x | not measured: nginx cannot be installed |",
    );
    expect(lines.find((line) => line.startsWith("| the same / Caddy"))).toContain(
      "not measured: there was no run of it yet",
    );
  });

  it("says how much more each size costs than the first", () => {
    const growth = { title: "Routes", by: "routes", unit: "us of CPU a call" };
    const points = [
      { at: 1, rounds: [20, 22, 21] },
      { at: 10_000, rounds: [42] },
    ];
    expect(growthTable(growth, points).split("\n")).toEqual([
      "| routes | us of CPU a call | min - max | of the first |",
      "| --- | --- | --- | --- |",
      "| 1 | 21 | 20 - 22 | 1 x |",
      "| 10,000 | 42 | 42 - 42 | 2 x |",
    ]);
  });

  it("says that a quick run is not to be relied on", () => {
    const isSaid = (isQuick: boolean) =>
      pageOf({ "call-path": { ...callPath, isQuick } })
        .join()
        .includes("quick run");
    expect([isSaid(true), isSaid(false)]).toEqual([true, false]);
  });
});
