import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { FIGURES, figuresOf, GROWTHS, growthsOf, ON_PAGE } from "./figures.ts";
import { resultsOf, spreadOf, verdictOf } from "./report.ts";
import { SCENARIOS } from "./scenarios.ts";

describe("the figures", () => {
  it.each([...Object.keys(FIGURES), ...Object.keys(GROWTHS)])("%s is a scenario that can be run", (name) => {
    expect(Object.keys(SCENARIOS)).toContain(name);
  });

  it.each(Object.keys(ON_PAGE))(
    "there is a figure or a table of growth of %s, which is on the page",
    (name) => {
      expect(figuresOf(name).length + growthsOf(name).length).toBeGreaterThan(0);
    },
  );

  it.each(Object.keys(FIGURES))(
    "of %s have titles of their own, and goals that are no less than what must hold",
    (name) => {
      const figures = figuresOf(name).map(([, figure]) => figure);
      expect(new Set(figures.map(({ title }) => title)).size).toBe(figures.length);
      for (const { title, goal, least } of figures) {
        expect(goal, title).toBeGreaterThan(0);
        expect(goal, title).toBeLessThanOrEqual(least);
      }
    },
  );
});

it("documents name no scenarios but those that can be run", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const documents = globSync(["*.md", "packages/*/*.md", "packages/docs/**/*.md"], {
    cwd: root,
    exclude: ["**/node_modules/**"],
  });
  const named = documents.flatMap((file) =>
    [...readFileSync(root + file, "utf8").matchAll(/npm run load -- ([a-z][a-z-]*)/g)].map(
      ([, name = ""]) => `${name} (${file})`,
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(
    named.filter((one) => !["page", ...Object.keys(SCENARIOS)].includes(one.split(" ")[0] ?? "")),
  ).toEqual([]);
});

describe("verdicts", () => {
  const figure = { goal: 1.8, least: 2.1 };

  it.each([
    [1.8, "held"],
    [1.81, "least held"],
    [2.1, "least held"],
    [2.11, "not held"],
    [Number.NaN, "not measured"],
  ] as const)("of %d is %s", (measured, verdict) => {
    expect(verdictOf(figure, measured)).toBe(verdict);
  });

  it("are made of the median of the rounds, and have the least and the most of them", () => {
    expect(spreadOf([2, 9, 1])).toEqual({ median: 2, min: 1, max: 9, rounds: 3 });
    const [nginx, caddy] = resultsOf("call-path", { measured: { node_vs_nginx: [1.7, 3, 1.6] } });
    expect(nginx).toMatchObject({ name: "node_vs_nginx", median: 1.7, min: 1.6, max: 3, verdict: "held" });
    expect(caddy).toMatchObject({ name: "node_vs_caddy", verdict: "not measured" });
  });
});
