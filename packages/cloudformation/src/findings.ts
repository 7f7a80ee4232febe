import { type Finding, type Level, pointerOf } from "@tollgate/openapi";

/** Place is where something is in a template, by its members. */
export type Place = readonly string[];

/** Findings collects the remarks about a template. */
export class Findings {
  readonly #lineOf: (path: Place) => number;
  readonly #findings: Finding[] = [];
  readonly #reported = new Set<string>();

  constructor(lineOf: (path: Place) => number) {
    this.#lineOf = lineOf;
  }

  /** Adds equal findings of one place only once: values are evaluated each time that something refers to them. */
  add(level: Level, path: Place, message: string): void {
    const pointer = pointerOf(path);
    const key = `${pointer} ${message}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.#findings.push({ level, pointer, line: this.#lineOf(path), message });
  }

  get all(): readonly Finding[] {
    return this.#findings;
  }

  get hasErrors(): boolean {
    return this.#findings.some(({ level }) => level === "error");
  }
}
