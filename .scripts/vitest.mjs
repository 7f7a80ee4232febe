// Runs vitest and reports what came of it: how many tests passed, what failed, and which could only run on embedded parts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { newRunFolder } from "./run-folder.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The specification on embedded parts: measured, one process for all files saves a third of their CPU time, two at a time use both cores. */
export const EMBEDDED = ["--no-isolate", "--fileParallelism", "--maxWorkers=2"];

/** vitest itself would leave one core to others. */
export const UNIT = ["--maxWorkers=100%"];

/** Specs that wait for their processes: two at a time leave a third of two cores unused. */
export const WHOLE_PROCESSES = ["--fileParallelism", "--maxWorkers=3"];

/** The folders of the runs that go on, and their vitest. */
const running = new Map();
const STOP_MS = 10_000;
let isStopping = false;

/** Ends all runs, and removes their folders. */
async function stop(signal) {
  isStopping = true;
  for (const { child } of running.values()) child.kill(signal);
  await Promise.race([Promise.all([...running.values()].map(({ ended }) => ended)), delay(STOP_MS)]);
  for (const [folder, { child }] of running) {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit(128 + constants.signals[signal]);
}

function stopBySignals() {
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"])
    if (process.listenerCount(signal) === 0) process.once(signal, (what) => void stop(what));
}

/** runVitest runs some projects, all files or those that the filters name. What it prints may be held back until it has ended. */
export async function runVitest(projects, filters = [], { isHeld = false } = {}) {
  stopBySignals();
  const folder = newRunFolder();
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
      env: { GOTMPDIR: tmpdir(), ...process.env, TMPDIR: folder, TOLLGATE_TEST_REPORT: report },
    },
  );
  const ended = once(child, "exit").then(
    ([code, signal]) => ({ status: code, why: `ended with ${signal ?? code}: see above` }),
    (error) => ({ status: undefined, why: error.message }),
  );
  running.set(folder, { child, ended });
  const { status, why } = await ended;
  // Nothing is begun any more.
  if (isStopping) await new Promise(() => {});
  if (isHeld) {
    closeSync(out);
    process.stdout.write(readFileSync(heldBack));
  }
  const failure = { file: "vitest", name: projects.join(", "), text: why };
  try {
    const { passed, failures, leftOut } = JSON.parse(readFileSync(report, "utf8"));
    return { passed, failures: status !== 0 && failures.length === 0 ? [failure] : failures, leftOut };
  } catch {
    return { passed: 0, failures: [failure], leftOut: [] };
  } finally {
    running.delete(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}
