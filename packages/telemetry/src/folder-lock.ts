import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How long a lock that another process is just releasing, or only tries, is waited for. */
const TAKE_TIMEOUT_MS = 250;
const SQLITE_BUSY = 5;
/** SQLITE_PERM, and SQLITE_IOERR_UNLOCK, _RDLOCK, _CHECKRESERVEDLOCK and _LOCK: the file system has no locks. */
const LOCK_ERRORS = [3, 2_058, 2_314, 3_594, 3_850];

/** LockHolder is the process that has a folder, as it describes itself in the file beside the lock. */
export interface LockHolder {
  readonly process: string;
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
}

export interface FolderLockOptions {
  /** The process that takes the lock, such as "data-plane". */
  readonly process: string;
  /** Which settings choose another folder. */
  readonly remedy: string;
}

export class FolderLockedError extends Error {}

/** A database that nobody refers to is closed by the garbage collector, and its lock is gone. */
const held = new Set<DatabaseSync>();

/**
 * openLock takes a lock of the kernel on a file, by SQLite: the kernel releases it when the process ends, in whatever way, and it holds
 * between containers that share the folder. undefined: somebody else has it. A shared lock excludes only exclusive ones.
 */
export function openLock(
  file: string,
  kind: "exclusive" | "shared",
  timeoutMs = TAKE_TIMEOUT_MS,
): Disposable | undefined {
  const database = new DatabaseSync(file, { timeout: timeoutMs });
  try {
    // A new file is not written by this, so that a full disk does not matter.
    database.exec("PRAGMA journal_mode = MEMORY");
    if (kind === "exclusive") database.exec("BEGIN EXCLUSIVE");
    else database.exec("BEGIN; SELECT count(*) FROM sqlite_schema");
  } catch (error) {
    database.close();
    const { errcode = 0, message } = error as Error & { errcode?: number };
    if (errcode === SQLITE_BUSY) return undefined;
    const remedy = LOCK_ERRORS.includes(errcode)
      ? ": the folder must be on a file system with POSIX locks"
      : "";
    throw new Error(`${file} cannot be locked (${message})${remedy}`, { cause: error });
  }
  held.add(database);
  return {
    [Symbol.dispose]() {
      if (held.delete(database)) database.close();
    },
  };
}

/** lockFolder takes a folder for this process, or throws an error that names the process that has it. */
export function lockFolder(folder: string, { process: name, remedy }: FolderLockOptions): Disposable {
  mkdirSync(folder, { recursive: true });
  const holderFile = join(folder, "process.json");
  const lock = openLock(join(folder, "process.lock"), "exclusive");
  if (!lock)
    throw new FolderLockedError(
      `the state directory ${resolve(folder)} is in use by ${describe(readHolder(holderFile))}: stop that process, or set ${remedy}`,
    );
  const holder: LockHolder = {
    process: name,
    pid: process.pid,
    host: hostname(),
    startedAt: new Date(Date.now() - process.uptime() * 1_000).toISOString(),
  };
  try {
    writeFileSync(`${holderFile}.new`, `${JSON.stringify(holder)}\n`);
    renameSync(`${holderFile}.new`, holderFile);
  } catch {
    rmSync(holderFile, { force: true }); // the disk is full: the lock holds without it, but must not name an earlier process
  }
  return lock;
}

function readHolder(file: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as LockHolder;
  } catch {
    return undefined; // it has only just taken the lock
  }
}

const describe = (holder: LockHolder | undefined): string =>
  holder
    ? `${holder.process} with process id ${holder.pid} on host ${holder.host}, started at ${holder.startedAt}`
    : "another process";
