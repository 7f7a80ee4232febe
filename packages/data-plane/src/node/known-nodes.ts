import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DiskOutage, type Logger } from "@tollgate/telemetry";

/** KnownNodes is how many nodes the cluster has, this one included, as a control plane said last. It survives restarts of this node. */
export class KnownNodes {
  readonly #file: string;
  readonly #listeners = new Set<(count: number) => void>();
  readonly #disk: DiskOutage;
  #count: number;

  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#disk = new DiskOutage("the number of nodes", logger);
    this.#count = read(file);
  }

  get count(): number {
    return this.#count;
  }

  /** onChange registers a listener for another count; the returned function removes it. */
  onChange(listener: (count: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(count: number): void {
    if (count === this.#count) return;
    this.#count = count;
    for (const listener of this.#listeners) listener(count);
    this.#disk.attempt(() => {
      mkdirSync(dirname(this.#file), { recursive: true });
      writeFileSync(`${this.#file}.new`, `${count}\n`);
      renameSync(`${this.#file}.new`, this.#file);
    });
  }
}

/** Without a file, or with one that makes no sense, a node knows only of itself. */
function read(file: string): number {
  try {
    const count = Number(readFileSync(file, "utf8").trim());
    return Number.isSafeInteger(count) && count > 0 ? count : 1;
  } catch {
    return 1;
  }
}
