/** JsonPart is a key or a value of a JSON text, with the keys and indexes that lead to it. */
export interface JsonPart {
  readonly path: readonly string[];
  readonly isKey: boolean;
  /** The characters are bytes, as in all inspected texts. */
  readonly text: string;
}

/** JsonParts are the parts of a text up to its first error. */
export interface JsonParts {
  readonly parts: readonly JsonPart[];
  readonly isValid: boolean;
}

const DEPTH_MAX = 128;

class Broken extends Error {}

/** JsonScanner reads a JSON text and keeps what it has read when the text is wrong, unlike JSON.parse. */
class JsonScanner {
  readonly parts: JsonPart[] = [];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value([]);
    this.#blanks();
    if (this.#at < this.#text.length) throw new Broken();
  }

  #blanks(): void {
    while (" \t\n\r".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #take(char: string): boolean {
    this.#blanks();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #need(char: string): void {
    if (!this.#take(char)) throw new Broken();
  }

  #value(path: readonly string[]): void {
    if (path.length > DEPTH_MAX) throw new Broken();
    this.#blanks();
    const char = this.#text[this.#at];
    if (char === "{") return this.#object(path);
    if (char === "[") return this.#array(path);
    const text = char === '"' ? this.#string() : this.#word();
    this.parts.push({ path, isKey: false, text });
  }

  #object(path: readonly string[]): void {
    this.#at++;
    if (this.#take("}")) return;
    do {
      this.#blanks();
      const key = this.#string();
      const inside = [...path, key];
      this.parts.push({ path: inside, isKey: true, text: key });
      this.#need(":");
      this.#value(inside);
    } while (this.#take(","));
    this.#need("}");
  }

  #array(path: readonly string[]): void {
    this.#at++;
    if (this.#take("]")) return;
    let index = 0;
    do this.#value([...path, String(index++)]);
    while (this.#take(","));
    this.#need("]");
  }

  #string(): string {
    const end = /"(?:[^"\\]|\\[^])*"/y;
    end.lastIndex = this.#at;
    const quoted = end.exec(this.#text)?.[0];
    if (quoted === undefined) throw new Broken();
    this.#at += quoted.length;
    if (!quoted.includes("\\")) return quoted.slice(1, -1);
    try {
      // Escapes give characters, all others are bytes already.
      // oxlint-disable-next-line no-control-regex -- JSON.parse refuses them
      const text = JSON.parse(quoted.replace(/[\x00-\x1f]/g, " ")) as string;
      return text.replace(/[\u0100-\uffff]+/g, (wide) => Buffer.from(wide).toString("latin1"));
    } catch {
      throw new Broken();
    }
  }

  #word(): string {
    const word = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    word.lastIndex = this.#at;
    const found = word.exec(this.#text)?.[0];
    if (found === undefined) throw new Broken();
    this.#at += found.length;
    return found;
  }
}

/** jsonParts lists the keys and values of a JSON text in their order. */
export function jsonParts(text: string): JsonParts {
  const scanner = new JsonScanner(text);
  try {
    scanner.document();
    return { parts: scanner.parts, isValid: true };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { parts: scanner.parts, isValid: false };
  }
}

/** pointerSteps are the keys and indexes of a JSON Pointer (RFC 6901). */
export const pointerSteps = (pointer: string): readonly string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => Buffer.from(step.replaceAll("~1", "/").replaceAll("~0", "~")).toString("latin1"));
