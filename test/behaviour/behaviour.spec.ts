import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { missingSpecs, readRules, renderPage } from "./page.ts";

const page = new URL("../../packages/docs/rest-behaviour.md", import.meta.url);

it("every rule of REST APIs names specs that are there", () => {
  const rules = readRules();
  expect(rules.length).toBeGreaterThan(100);
  expect(rules.filter(({ specs }) => specs.length === 0)).toEqual([]);
  expect(missingSpecs(rules)).toEqual([]);
});

/** Rows of AWS's behaviour by section: 1 to 15 of REST APIs at run time, V1 to V5 of templates, T of test invocations. */
const ROWS = {
  1: 18,
  2: 13,
  3: 10,
  4: 18,
  5: 46,
  6: 22,
  7: 8,
  8: 10,
  9: 26,
  10: 6,
  11: 7,
  12: 5,
  13: 1,
  14: 4,
  15: 8,
  V1: 22,
  V2: 9,
  V3: 6,
  V4: 1,
  V5: 10,
  T: 2,
};

it("every row of AWS's behaviour has a rule, in order", () => {
  const ids = [...new Set(readRules().map(({ id }) => id))];
  const wanted = Object.entries(ROWS).flatMap(([section, count]) =>
    Array.from({ length: count }, (_, i) => `${section}.${i + 1}`),
  );
  expect(ids).toEqual(wanted);
});

it("packages/docs/rest-behaviour.md is made from them", () => {
  const rendered = renderPage(readRules());
  if (process.env.TOLLGATE_UPDATE_GOLDEN) writeFileSync(page, rendered);
  expect(readFileSync(page, "utf8")).toBe(rendered);
});
