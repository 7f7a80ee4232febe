import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { areas } from "./areas.ts";
import { framing } from "./wire-payloads/framing.ts";
import { heads } from "./wire-payloads/heads.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

/** Rows of the table of findings: finding, promise, tests, and what was before. */
const rows = read("README.md")
  .split("\n## ")
  .filter((section) => section.startsWith("What attacks found before"))
  .flatMap((section) => section.split("\n"))
  .filter((line) => line.startsWith("| ") && !line.startsWith("| finding"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

it("each finding has rows, and each row has tests", () => {
  const findings = rows.map(([finding = ""]) => finding).filter(Boolean);
  const high = Array.from({ length: 7 }, (_, i) => `high ${i + 1}`);
  const medium = Array.from({ length: 7 }, (_, i) => `medium ${i + 8}`);
  expect(findings).toEqual([...high, ...medium, "low", "web ACLs", "must hold", "new since"]);
  for (const [, promise, shown] of rows) expect([promise, shown]).not.toContain("");
});

it("each test that a row names exists", () => {
  const missing = rows.flatMap(([, promise, shown = ""]) =>
    shown.split(/; (?=\[|area|`)/).flatMap((part) => {
      const area = /^area `(\w+)`$/.exec(part)?.[1];
      if (area !== undefined) return areas.some(({ name }) => name === area) ? [] : [part];
      if (/^`npm run [^`]+`$/.test(part)) return [];
      const [, path, titles = ""] = /^\[[\w-]+\]\(([^)]+)\) (".+")$/.exec(part) ?? [];
      if (path === undefined) return [`${promise}: ${part}`];
      const source = read(path);
      return titles
        .slice(1, -1)
        .split('", "')
        .filter((title) => !source.includes(title))
        .map((title) => `${path}: ${title}`);
    }),
  );
  expect(missing).toEqual([]);
});

it("at least 300 payloads of raw bytes", () => {
  expect(framing.length + heads.length).toBeGreaterThanOrEqual(300);
});
