import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MODULES = fileURLToPath(new URL("../../node_modules/", import.meta.url));

/**
 * readmeLines are lines of the READMEs of the packages that this repository depends on: prose, code, URLs, JSON and quotes that people write, and
 * the same ones wherever the lockfile is the same.
 */
export function readmeLines(): readonly string[] {
  const lines = new Set<string>();
  for (const name of globSync("**/README.md", { cwd: MODULES }).toSorted())
    for (const line of readFileSync(`${MODULES}${name}`, "utf8").split("\n")) {
      const text = line.trim();
      if (text.length >= 8 && text.length <= 400) lines.add(text);
    }
  return [...lines];
}
