import { rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@tollgate/telemetry";

const ENDING = ".damaged";

/** FilesAside are the damaged files of a spool, which are kept for whoever wants to look at them: the newest, up to a size. */
export class FilesAside {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #logger: Logger;
  #bytes = 0;

  constructor(folder: string, maxBytes: number, logger: Logger) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#logger = logger;
  }

  /** As of the last look. */
  get bytes(): number {
    return this.#bytes;
  }

  async put(name: string): Promise<void> {
    await rename(join(this.#folder, name), join(this.#folder, name + ENDING));
  }

  /** bound removes the oldest of the files, until the others are below the size. `names` are all files of the folder. */
  async bound(names: readonly string[]): Promise<void> {
    const files: { readonly path: string; readonly bytes: number; readonly changedMs: number }[] = [];
    for (const name of names) {
      if (!name.endsWith(ENDING)) continue;
      const path = join(this.#folder, name);
      const info = await stat(path).catch(() => undefined);
      if (info) files.push({ path, bytes: info.size, changedMs: info.mtimeMs });
    }
    let kept = 0;
    for (const { path, bytes } of files.sort((a, b) => b.changedMs - a.changedMs)) {
      const isKept = kept + bytes <= this.#maxBytes || !(await this.#removed(path));
      if (isKept) kept += bytes;
    }
    this.#bytes = kept;
  }

  async #removed(path: string): Promise<boolean> {
    try {
      await unlink(path);
      this.#logger.warn({ file: path }, "a damaged spool file is removed: there is no space left for those");
      return true;
    } catch {
      return false;
    }
  }
}
