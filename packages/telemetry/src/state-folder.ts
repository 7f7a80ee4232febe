import { chmodSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * openStateFolder makes a state directory, and takes from others what an earlier version or a copy left readable in it. New files are their owner's
 * alone by the process's mask (runProcess).
 */
export function openStateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  restrict(folder);
}

function restrict(path: string): void {
  try {
    const stats = lstatSync(path);
    // A link says nothing of what it leads to, and its target may be elsewhere.
    if (stats.isSymbolicLink()) return;
    const mode = stats.isDirectory() ? FOLDER_MODE : FILE_MODE;
    if ((stats.mode & 0o777) !== mode) chmodSync(path, mode);
    if (stats.isDirectory()) for (const name of readdirSync(path)) restrict(join(path, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Gone, or of another owner: a volume's root, which its platform restricts.
    if (code !== "ENOENT" && code !== "EPERM" && code !== "EACCES" && code !== "EROFS") throw error;
  }
}
