/** Pointer is the keys and indexes of a JSON Pointer. The characters are bytes. */
export type Pointer = readonly string[];

/** JsonChoice is which keys and values of a JSON text are inspected. */
export interface JsonChoice {
  /** What is at or below one of these; undefined: all. */
  readonly pointers: readonly Pointer[] | undefined;
  readonly scope: "ALL" | "KEY" | "VALUE";
}

/** JsonParts are the keys and values of a text up to its first error. */
export interface JsonParts {
  /** The characters are bytes, as in all inspected texts. */
  readonly texts: readonly string[];
  /** ended: the text is JSON as far as it goes. */
  readonly state: "valid" | "ended" | "wrong";
}

/** Place is a value with regard to the pointers. */
interface Place {
  readonly isWanted: boolean;
  /** Pointers that may lead to something inside. */
  readonly open: readonly Pointer[];
  readonly depth: number;
}

const WANTED: Place = { isWanted: true, open: [], depth: 0 };
const UNWANTED: Place = { isWanted: false, open: [], depth: 0 };

function inside(place: Place, step: string | number): Place {
  if (place.isWanted || place.open.length === 0) return place;
  const depth = place.depth + 1;
  const open = place.open.filter((pointer) => pointer[depth - 1] === String(step));
  if (open.length === 0) return UNWANTED;
  return open.some(({ length }) => length === depth) ? WANTED : { isWanted: false, open, depth };
}

/** An object or array that is not closed yet. */
interface Container {
  readonly place: Place;
  /** Of the present value of an array; -1: an object. */
  index: number;
}

class Broken extends Error {}

/** The escapes of a string give characters, which are their bytes in UTF-8; all others are bytes already. */
function unescaped(text: string, isCut: boolean): string {
  return text.replace(/(?:\\(?:u[0-9a-f]{4}|[^]))+/gi, (escapes) => {
    try {
      return Buffer.from(JSON.parse(`"${escapes}"`) as string).toString("latin1");
    } catch {
      if (isCut) return escapes;
      throw new Broken();
    }
  });
}

/** JsonScanner reads a JSON text and keeps what it has read when the text is wrong, unlike JSON.parse. Nesting has no limit, as for JSON.parse. */
class JsonScanner {
  readonly texts: string[] = [];
  readonly #text: string;
  readonly #scope: JsonChoice["scope"];
  readonly #containers: Container[] = [];
  #at = 0;

  constructor(text: string, scope: JsonChoice["scope"]) {
    this.#text = text;
    this.#scope = scope;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  document(root: Place): void {
    for (let place: Place | undefined = root; place; ) place = this.#value(place) ?? this.#next();
    this.#blanks();
    if (!this.isAtEnd) throw new Broken();
  }

  /** The place of the first value inside; undefined: there is none. */
  #value(place: Place): Place | undefined {
    this.#blanks();
    const char = this.#text[this.#at];
    if (char === '"') this.#keep(this.#string(place, "VALUE"), place, "VALUE");
    else if (char !== "{" && char !== "[") this.#keep(this.#word(), place, "VALUE");
    else return this.#open(place, char);
    return undefined;
  }

  #open(place: Place, char: "{" | "["): Place | undefined {
    this.#at++;
    if (this.#take(char === "{" ? "}" : "]")) return undefined;
    this.#containers.push({ place, index: char === "{" ? -1 : 0 });
    return char === "{" ? this.#member(place) : inside(place, 0);
  }

  /** The place of the value after one that was read; undefined: that was the last. */
  #next(): Place | undefined {
    for (let top = this.#containers.at(-1); top; top = this.#containers.at(-1)) {
      const isObject = top.index < 0;
      if (this.#take(",")) return isObject ? this.#member(top.place) : inside(top.place, ++top.index);
      this.#need(isObject ? "}" : "]");
      this.#containers.pop();
    }
    return undefined;
  }

  /** The place of the value of a member. */
  #member(object: Place): Place {
    this.#blanks();
    const key = this.#string(object, "KEY");
    const place = inside(object, key);
    this.#keep(key, place, "KEY");
    this.#need(":");
    return place;
  }

  #keep(text: string, { isWanted }: Place, as: "KEY" | "VALUE"): void {
    if (isWanted && (this.#scope === "ALL" || this.#scope === as)) this.texts.push(text);
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

  /** A string that is not closed is kept as far as it goes. */
  #string(place: Place, as: "KEY" | "VALUE"): string {
    const quoted = /"([^"\\]*(?:\\[^][^"\\]*)*)("?)/y;
    quoted.lastIndex = this.#at;
    const found = quoted.exec(this.#text);
    if (!found) throw new Broken();
    const [all, text = "", end] = found;
    const isCut = end === "";
    const read = text.includes("\\") ? unescaped(text, isCut) : text;
    this.#at += all.length;
    if (!isCut) return read;
    this.#keep(read, as === "KEY" ? inside(place, read) : place, as);
    this.#at = this.#text.length;
    throw new Broken();
  }

  #word(): string {
    const word = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    word.lastIndex = this.#at;
    const found = word.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    const cut = found === undefined ? /-?[a-z]{0,4}$/y : /[.eE][+-]?$/y;
    cut.lastIndex = this.#at;
    if (cut.test(this.#text)) this.#at = this.#text.length;
    else if (found !== undefined) return found;
    throw new Broken();
  }
}

/** jsonParts lists the keys and values of a JSON text in their order. */
export function jsonParts(text: string, { pointers, scope }: JsonChoice): JsonParts {
  const scanner = new JsonScanner(text, scope);
  const { texts } = scanner;
  try {
    scanner.document(pointers ? { isWanted: false, open: pointers, depth: 0 } : WANTED);
    return { texts, state: "valid" };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { texts, state: scanner.isAtEnd ? "ended" : "wrong" };
  }
}

/** pointerSteps are the keys and indexes of a JSON Pointer (RFC 6901). */
export const pointerSteps = (pointer: string): Pointer =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => Buffer.from(step.replaceAll("~1", "/").replaceAll("~0", "~")).toString("latin1"));
