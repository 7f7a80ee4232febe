// Runs vitest and reports what came of it: how many tests passed, what failed, and which could only run on embedded parts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The specification on embedded parts: measured, one process for all files saves a third of their CPU time, two at a time use both cores. */
export const EMBEDDED = ["--no-isolate", "--fileParallelism", "--maxWorkers=2"];

/** vitest itself would leave one core to others. */
export const UNIT = ["--maxWorkers=100%"];

/** Specs that wait for their processes leave 40 % of two cores unused one at a time. */
export const WHOLE_PROCESSES = ["--fileParallelism", "--maxWorkers=2"];

/** runVitest runs some projects, all files or those that the filters name. */
export function runVitest(projects, filters = []) {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-test-"));
  const report = join(folder, "report.json");
  const args = ["run", "--config", "test/vitest.config.ts", "--reporter=default"];
  const { status, signal } = spawnSync(
    "vitest",
    [
      ...args,
      "--reporter=./.scripts/reporter.mjs",
      ...projects.flatMap((name) => ["--project", name]),
      ...filters,
    ],
    { cwd: root, stdio: "inherit", env: { ...process.env, TOLLGATE_TEST_REPORT: report } },
  );
  const ended = {
    file: "vitest",
    name: projects.join(", "),
    text: `ended with ${signal ?? status}: see above`,
  };
  try {
    const { passed, failures, leftOut } = JSON.parse(readFileSync(report, "utf8"));
    return { passed, failures: status !== 0 && failures.length === 0 ? [ended] : failures, leftOut };
  } catch {
    return { passed: 0, failures: [ended], leftOut: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
