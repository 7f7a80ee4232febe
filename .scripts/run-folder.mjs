// The folder of one run of vitest, for all that its tests store.
import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

/** newRunFolder makes an empty folder, and removes those of runs that were killed. */
export function newRunFolder() {
  const place = temporary();
  removeLeft(place);
  const folder = mkdtempSync(join(place, `${FOLDER}${process.pid}-`));
  // PostgreSQL runs as a user of its own, which has to get to its folder in it.
  chmodSync(folder, 0o711);
  return folder;
}
