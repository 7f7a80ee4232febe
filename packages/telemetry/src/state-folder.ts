import { chmodSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The folders of a state directory: those of processes, and that of the sample API of `npm start`. */
const FOLDERS = ["certificates", "control-plane", "data-plane", "metering", "sample"] as const;

/**
 * openStateFolder makes one of the folders of a state directory, and takes from others what an earlier version or a copy left readable in it.
 * New files are their owner's alone by the process's mask (runProcess). Whatever else is in the directory is not touched: a setting may name a
 * directory that others use, /tmp for one.
 */
export function openStateFolder(home: string, owner: (typeof FOLDERS)[number]): void {
  const folder = join(home, owner);
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  if (isOwn(home)) restrict(home);
  restrictAll(folder);
}

/** Whether there is nothing else in a directory. What is in one that this process may not list is not known. */
function isOwn(home: string): boolean {
  try {
    return readdirSync(home).every((name) => (FOLDERS as readonly string[]).includes(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    return false;
  }
}

function restrictAll(path: string): void {
  for (const name of restrict(path)) restrictAll(join(path, name));
}

/** restrict returns the names of what is in a folder. */
function restrict(path: string): readonly string[] {
  try {
    const stats = lstatSync(path);
    // A link says nothing of what it leads to, and its target may be elsewhere.
    if (stats.isSymbolicLink()) return [];
    const mode = stats.isDirectory() ? FOLDER_MODE : FILE_MODE;
    if ((stats.mode & 0o777) !== mode) chmodSync(path, mode);
    return stats.isDirectory() ? readdirSync(path) : [];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Gone, or of another owner: a volume's root, which its platform restricts.
    if (code !== "ENOENT" && code !== "EPERM" && code !== "EACCES" && code !== "EROFS") throw error;
    return [];
  }
}
