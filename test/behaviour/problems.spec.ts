import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { catalogues, renderProblems, sentencesOf } from "./problems.ts";

const page = new URL("../../packages/docs/problems.md", import.meta.url);

it("packages/docs/problems.md lists the problems of every catalogue", () => {
  const rendered = renderProblems();
  if (process.env.TOLLGATE_UPDATE_GOLDEN) writeFileSync(page, rendered);
  expect(readFileSync(page, "utf8")).toBe(rendered);
});

it.each(catalogues)(
  "the codes of %s are words in capitals, each with a sentence",
  (_title, _what, catalogue) => {
    for (const [code, sentence] of sentencesOf(catalogue)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(sentence).not.toBe("");
    }
  },
);
