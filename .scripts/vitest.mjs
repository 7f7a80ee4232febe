// Runs vitest and reports what came of it: how many tests passed, what failed, and which could only run on embedded parts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
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
 * took 2.4 ms, and each write of a control plane has three of them. In a container, its limit of memory counts. TMPDIR names another place.
 */
function temporary() {
  if (process.env.TMPDIR !== undefined) return tmpdir();
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (Math.min(bavail * bsize, process.availableMemory()) >= ROOM_BYTES) return MEMORY;
  } catch {
    // Not Linux.
  }
  return tmpdir();
}

/** What process ids are of: containers may share their memory, and not those. */
function processSpace() {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "0";
  }
}

const FOLDER = `tollgate-test-${processSpace()}-`;

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Removes what runs left that were killed: in memory it would stay until the machine is started again. */
function removeLeft(place) {
  for (const name of readdirSync(place)) {
    const [, pid] = /^(\d+)-/.exec(name.startsWith(FOLDER) ? name.slice(FOLDER.length) : "") ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    try {
      rmSync(join(place, name), { recursive: true, force: true });
    } catch {
      // Of another user.
    }
  }
}

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
  const place = temporary();
  removeLeft(place);
  stopBySignals();
  const folder = mkdtempSync(join(place, `${FOLDER}${process.pid}-`));
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
