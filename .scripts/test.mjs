// npm test: typecheck, lint, formatting, the proto checks and every test; ends with "N passed, N failed".
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const report = join(mkdtempSync(join(tmpdir(), "tollgate-test-")), "report.json");
const filters = process.argv.slice(2);
let passed = 0;
let failed = 0;

function step(name, command, args) {
  const started = performance.now();
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? "ok" : "FAILED"}  ${name} (${seconds} s)\n`);
  if (status === 0) passed++;
  else failed++;
}

if (filters.length === 0) {
  step("typecheck", "turbo", ["run", "typecheck", "--output-logs=errors-only"]);
  step("lint", "oxlint", ["--type-aware", "--deny-warnings", "--quiet"]);
  step("format", "biome", ["format", "--reporter=summary"]);
  step("proto lint", "buf", ["lint", "proto"]);
  step("proto breaking", "node", [".scripts/proto-breaking.mjs"]);
  step("generated code is current", "node", [".scripts/generated.mjs"]);
}
const vitest = spawnSync(
  "vitest",
  [
    "run",
    "--config",
    "test/vitest.config.ts",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...filters,
  ],
  { cwd: root, stdio: "inherit" },
);
try {
  const { numPassedTests, numFailedTests, numFailedTestSuites, success } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  passed += numPassedTests;
  // A file that cannot be loaded fails without a test.
  failed += numFailedTests || (success ? 0 : Math.max(1, numFailedTestSuites));
} catch {
  failed++;
}
if (vitest.status !== 0 && failed === 0) failed++;
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
