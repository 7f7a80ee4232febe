import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Offsets = Record<string, Record<string, number>>;

/**
 * Positions are where to continue in the partitions of topics. They are written after the events: what arrives again after a crash is known by its
 * sequence numbers.
 */
export class Positions {
  /** Names the store: whoever reads a topic for it. */
  readonly storeId: string;
  readonly #file: string;
  readonly #offsets: Offsets;

  constructor(folder: string) {
    this.#file = join(folder, "positions.json");
    this.#offsets = read(this.#file);
    this.storeId = idOf(join(folder, "store-id"));
  }

  next(topic: string, partition: number): number {
    return this.#offsets[topic]?.[partition] ?? 0;
  }

  count(topic: string): number {
    return Object.keys(this.#offsets[topic] ?? {}).length;
  }

  set(topic: string, partition: number, nextOffset: number): void {
    this.#offsets[topic] = { ...this.#offsets[topic], [partition]: nextOffset };
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#offsets), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** Without a file that can be read, topics are read from their start: nothing is stored twice. */
function read(file: string): Offsets {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Offsets;
  } catch {
    return {};
  }
}

function idOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    const id = randomUUID();
    writeFileSync(file, id, { mode: 0o600 });
    return id;
  }
}
