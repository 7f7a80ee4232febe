import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderManifests } from "./manifests.ts";

const page = new URL("../../packages/docs/manifests.md", import.meta.url);

it("packages/docs/manifests.md lists the members of every manifest", () => {
  const rendered = renderManifests();
  if (process.env.TOLLGATE_UPDATE_GOLDEN) writeFileSync(page, rendered);
  expect(readFileSync(page, "utf8")).toBe(rendered);
});
