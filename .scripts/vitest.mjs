// Runs vitest and reports what came of it: how many tests passed and failed, and which could only run on embedded parts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The specification on embedded parts: measured, one process for all files saves a third of their CPU time, two at a time use both cores. */
export const EMBEDDED = ["--no-isolate", "--fileParallelism", "--maxWorkers=2"];

/** Specs that wait for their processes leave 40 % of two cores unused one at a time. */
export const WHOLE_PROCESSES = ["--fileParallelism", "--maxWorkers=2"];

/** runVitest runs some projects, all files or those that the filters name. */
export function runVitest(projects, filters = []) {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-test-"));
  const report = join(folder, "report.json");
  const args = ["run", "--config", "test/vitest.config.ts", "--reporter=default", "--reporter=json"];
  const { status } = spawnSync(
    "vitest",
    [...args, `--outputFile.json=${report}`, ...projects.flatMap((name) => ["--project", name]), ...filters],
    { cwd: root, stdio: "inherit" },
  );
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    // A file that cannot be loaded fails without a test.
    const failed = numFailedTests || (status === 0 ? 0 : Math.max(1, numFailedTestSuites));
    return { passed: numPassedTests, failed, leftOut: leftOut(testResults) };
  } catch {
    return { passed: 0, failed: 1, leftOut: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The tests that were skipped because they say embeddedOnly, each with its reason. */
const leftOut = (files) =>
  files.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status, meta }) => status === "skipped" && meta.embeddedOnly)
      .map(({ fullName, meta }) => `${fullName}: ${meta.embeddedOnly}`),
  );
