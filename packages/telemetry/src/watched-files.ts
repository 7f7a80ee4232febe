import { statSync } from "node:fs";

/** How soon a changed file is used. */
const CHECK_MS = 2_000;

/** stateOf says whether a file is the same: it is another one if it was replaced, as by a rename or another target of its link, or written to. */
export const stateOf = (file: string): string => {
  const { ino, size, mtimeMs } = statSync(file);
  return `${ino} ${size} ${mtimeMs}`;
};

/**
 * watchFiles calls `use` when one of the files has changed, such as a certificate that was renewed. If that fails, as while one of several
 * files is replaced, it is called again at the next check: what was read before is used on.
 */
export function watchFiles(
  files: readonly string[],
  use: () => void | Promise<void>,
  checkMs = CHECK_MS,
): Disposable {
  const read = () => files.map(stateOf).join();
  let used = read();
  let isBusy = false;
  const check = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      const state = read();
      if (state === used) return;
      await use();
      used = state;
    } catch {
      // Tried again.
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(() => void check(), checkMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
