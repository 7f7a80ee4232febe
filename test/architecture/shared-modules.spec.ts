import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** `vi.doMock` with `vi.resetModules` before and after it does not depend on what was loaded before. */
const REPLACES = /\bvi\s*\.\s*mock\s*\(/;

it("no spec beside the sources replaces a module with vi.mock: the files of a process share theirs, so that it would depend on their order", () => {
  const specs = globSync("packages/*/src/**/*.spec.ts", { cwd: ROOT });
  expect(specs.length).toBeGreaterThan(300);
  expect(specs.filter((file) => REPLACES.test(readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
});
