// Runs vitest and reports what came of it: how many tests passed, what failed, and which could only run on embedded parts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The specification on embedded parts: measured, one process for all files saves a third of their CPU time, two at a time use both cores. */
export const EMBEDDED = ["--no-isolate", "--fileParallelism", "--maxWorkers=2"];

/** vitest itself would leave one core to others. */
export const UNIT = ["--maxWorkers=100%"];

/** Specs that wait for their processes: two at a time leave a third of two cores unused. */
export const WHOLE_PROCESSES = ["--fileParallelism", "--maxWorkers=3"];

const MEMORY = "/dev/shm";
const ROOM_BYTES = 6 * 2 ** 30;

/**
 * Where the stores of tests are: in memory where Linux has room, as none of them has to outlive a loss of power. A commit that waits for the disk
 * took 2.4 ms, and each write of a control plane has three of them. TMPDIR names another place.
 */
function temporary() {
  if (process.env.TMPDIR !== undefined) return tmpdir();
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (Math.min(bavail * bsize, freemem()) >= ROOM_BYTES) return MEMORY;
  } catch {
    // Not Linux.
  }
  return tmpdir();
}

/** runVitest runs some projects, all files or those that the filters name. What it prints may be held back until it has ended. */
export async function runVitest(projects, filters = [], { isHeld = false } = {}) {
  const folder = mkdtempSync(join(temporary(), "tollgate-test-"));
  const report = join(folder, "report.json");
  const heldBack = join(folder, "printed.txt");
  // Not a pipe, which a process that vitest left behind could keep open for good.
  const out = isHeld ? openSync(heldBack, "w") : "inherit";
  const args = ["run", "--config", "test/vitest.config.ts", "--reporter=default"];
  const child = spawn(
    "vitest",
    [
      ...args,
      "--reporter=./.scripts/reporter.mjs",
      ...projects.flatMap((name) => ["--project", name]),
      ...filters,
    ],
    {
      cwd: root,
      stdio: [isHeld ? "ignore" : "inherit", out, out],
      // What Go compiles is large, and kept elsewhere.
      env: { ...process.env, TMPDIR: folder, GOTMPDIR: tmpdir(), TOLLGATE_TEST_REPORT: report },
    },
  );
  const { status, why } = await once(child, "exit").then(
    ([code, signal]) => ({ status: code, why: `ended with ${signal ?? code}: see above` }),
    (error) => ({ status: undefined, why: error.message }),
  );
  if (isHeld) {
    closeSync(out);
    process.stdout.write(readFileSync(heldBack));
  }
  const ended = { file: "vitest", name: projects.join(", "), text: why };
  try {
    const { passed, failures, leftOut } = JSON.parse(readFileSync(report, "utf8"));
    return { passed, failures: status !== 0 && failures.length === 0 ? [ended] : failures, leftOut };
  } catch {
    return { passed: 0, failures: [ended], leftOut: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
