import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const PACKAGES = new URL("../../packages/", import.meta.url);
const PAGE = readFileSync(new URL("docs/architecture.md", PACKAGES), "utf8");

/** How many files a reader may have to open, by how the heading begins. */
const LIMITS: readonly (readonly [string, number])[] = [
  ["One call", 12],
  ["One change of the config", 16],
  ["One usage event", 8],
];

/** The sections of the page that follow something through the code, with the files that they name by their paths from packages/. */
const walks = PAGE.split(/^## /m)
  .slice(1)
  .map((section) => ({
    heading: section.slice(0, section.indexOf("\n")),
    files: [...new Set([...section.matchAll(/`([^`\s]+\.ts)`/g)].map(([, path = ""]) => path))],
  }))
  .filter(({ heading }) => heading.startsWith("One "));

describe("the walks of architecture.md", () => {
  it.each(LIMITS)("'%s ...' is there", (start) => {
    expect(walks.filter(({ heading }) => heading.startsWith(start))).not.toEqual([]);
  });

  it.each(walks)("$heading: every file exists", ({ files }) => {
    expect(files.length).toBeGreaterThan(2);
    expect(files.filter((path) => !existsSync(fileURLToPath(new URL(path, PACKAGES))))).toEqual([]);
  });

  it.each(walks)("$heading: it is short", ({ heading, files }) => {
    const limit = LIMITS.find(([start]) => heading.startsWith(start))?.[1] ?? 12;
    expect(files.length).toBeLessThanOrEqual(limit);
  });
});
