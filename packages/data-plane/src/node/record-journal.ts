import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Changes are appended until they are as large as the records, and at least as large as this. */
const CHANGES_MIN_BYTES = 64 * 1024;

/** JournalRecord is one of the records of a file. */
export interface JournalRecord {
  readonly key: string;
  /** Differs whenever the value does. */
  readonly version: string;
  /** In JSON. It is asked for only if the version is new. */
  value(): unknown;
}

/** A line of the file: a record, or the key of one that is gone. */
type Line = readonly [key: string, value: unknown] | readonly [key: string];

const textOf = (lines: readonly Line[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

/**
 * RecordJournal is a file of records. Writing them costs what has changed: it is appended, and the whole file is written again when it has grown to
 * twice its records. The end of a process loses nothing that was written.
 */
export class RecordJournal {
  readonly #file: string;
  /** The versions in the file. undefined: it has to be written as a whole. */
  #versions: ReadonlyMap<string, string> | undefined;
  #wholeBytes = 0;
  #appendedBytes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** read returns the values of a file by their keys. Throws if there is none, or it is damaged; a last line that was cut off is left out. */
  read(): Map<string, unknown> {
    const values = new Map<string, unknown>();
    const text = readFileSync(this.#file, "utf8");
    for (const line of text.slice(0, text.lastIndexOf("\n") + 1).split("\n")) {
      if (line === "") continue;
      const [key, value] = JSON.parse(line) as Line;
      if (value === undefined) values.delete(key);
      else values.set(key, value);
    }
    return values;
  }

  /** write makes the file contain these records and no others. If it throws, the next one writes the whole file. */
  write(records: readonly JournalRecord[]): void {
    const before = this.#versions;
    const versions = new Map(records.map(({ key, version }) => [key, version]));
    this.#versions = undefined;
    if (before && this.#appendedBytes <= Math.max(CHANGES_MIN_BYTES, this.#wholeBytes))
      this.#append(before, versions, records);
    else this.#replace(records);
    this.#versions = versions;
  }

  #append(
    before: ReadonlyMap<string, string>,
    versions: ReadonlyMap<string, string>,
    records: readonly JournalRecord[],
  ): void {
    const gone = [...before.keys()].filter((key) => !versions.has(key));
    const changed = records.filter(({ key, version }) => before.get(key) !== version);
    if (gone.length + changed.length === 0) return;
    const text = textOf([
      ...gone.map((key) => [key] as const),
      ...changed.map((record) => [record.key, record.value()] as const),
    ]);
    appendFileSync(this.#file, text, { mode: 0o600 });
    this.#appendedBytes += text.length;
  }

  #replace(records: readonly JournalRecord[]): void {
    const text = textOf(records.map((record) => [record.key, record.value()]));
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(`${this.#file}.new`, text, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
    this.#wholeBytes = text.length;
    this.#appendedBytes = 0;
  }
}
