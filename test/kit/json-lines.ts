import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";

/** JsonLines is a file with a line of JSON for each thing that a long run has found. A run goes on with the file of one that was killed. */
export class JsonLines<T> {
  readonly #path: string;
  readonly #lines: T[] = [];

  constructor(path: string) {
    this.#path = path;
    if (!existsSync(path)) return;
    const text = readFileSync(path, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    // A kill may have cut the last line off.
    if (whole.length < text.length) writeFileSync(path, whole);
    for (const line of whole.split("\n").filter((one) => one !== "")) this.#lines.push(JSON.parse(line) as T);
  }

  get all(): readonly T[] {
    return this.#lines;
  }

  add(line: T): void {
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
    this.#lines.push(line);
  }
}
