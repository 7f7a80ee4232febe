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

/** What a walk names after this is not counted: files that pass something on, or are needed in some cases only. */
const ALSO = "\nAlso involved";

/** The files that a text names by their paths from packages/. */
const filesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/`([^`\s]+\/[^`\s]+\.ts)`/g)].map(([, path = ""]) => path)),
];

/** The sections of the page that follow something through the code: all files that they name, and those that a reader must open. */
const walks = PAGE.split(/^## /m)
  .slice(1)
  .map((section) => {
    const [walk = ""] = section.split(ALSO);
    return {
      heading: section.slice(0, section.indexOf("\n")),
      named: filesIn(section),
      files: filesIn(walk),
    };
  })
  .filter(({ heading }) => heading.startsWith("One "));

describe("the walks of architecture.md", () => {
  it.each(LIMITS)("'%s ...' is there", (start) => {
    expect(walks.filter(({ heading }) => heading.startsWith(start))).not.toEqual([]);
  });

  it.each(walks)("$heading: every file exists", ({ named, files }) => {
    expect(files.length).toBeGreaterThan(2);
    expect(named.filter((path) => !existsSync(fileURLToPath(new URL(path, PACKAGES))))).toEqual([]);
  });

  it.each(walks)("$heading: it is short", ({ heading, files }) => {
    const limit = LIMITS.find(([start]) => heading.startsWith(start))?.[1] ?? 12;
    expect(files.length).toBeLessThanOrEqual(limit);
  });
});
