import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { lockFolder, openLock } from "@tollgate/telemetry";

/** Workers end as soon as they notice that their supervisor has. One that is busy notices it late. */
const ORPHANS_TIMEOUT_MS = 10_000;

/** Every worker shares this lock as long as it lives, also without its supervisor. */
const workersLock = (spoolFolder: string) => join(spoolFolder, "workers.lock");

/**
 * takeNodeFolder makes this process the only one that works on a node's folder: no other supervisor has it, and the workers of an earlier
 * one, which could still write to their spool files, have ended. So every spool file that is there now is complete.
 */
export function takeNodeFolder(folder: string, spoolFolder: string): Disposable {
  const lock = lockFolder(folder, {
    process: "data-plane",
    remedy: "TOLLGATE_NODE_ID or TOLLGATE_HOME of one of the two to another value",
  });
  mkdirSync(spoolFolder, { recursive: true });
  const alone = openLock(workersLock(spoolFolder), "exclusive", ORPHANS_TIMEOUT_MS);
  if (!alone) {
    lock[Symbol.dispose]();
    throw new Error(
      `workers of an earlier process still use the state directory ${folder}: end them (worker/main of the data plane) and start again`,
    );
  }
  alone[Symbol.dispose]();
  return lock;
}

/** joinNodeFolder says that this worker writes to the spool. False: its supervisor has ended, and the folder may be another's by now. */
export function joinNodeFolder(spoolFolder: string, supervisorPid: number): boolean {
  return openLock(workersLock(spoolFolder), "shared") !== undefined && process.ppid === supervisorPid;
}
