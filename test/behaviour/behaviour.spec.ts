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

it("packages/docs/rest-behaviour.md is made from them", () => {
  const rendered = renderPage(readRules());
  if (process.env.TOLLGATE_UPDATE_GOLDEN) writeFileSync(page, rendered);
  expect(readFileSync(page, "utf8")).toBe(rendered);
});
