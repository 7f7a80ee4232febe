/** MayMatch says of the event in a range of bytes whether it may match. It is asked for events in the order of their places. */
export type MayMatch = (from: number, end: number) => boolean;

/**
 * Candidates tells events that cannot match from the others by their bytes, so that these alone are decoded. It is given what is read together,
 * which has other bytes between the events; undefined: none of them matches.
 */
export type Candidates = (bytes: Buffer) => MayMatch | undefined;

const BACKSLASH = 0x5c;
/** By these escapes alone, JSON has a character that needs none in another spelling (RFC 8259, section 7). */
const RESPELLED = ["\\u", "\\/"].map((escape) => Buffer.from(escape));

/** Cursor finds a text from one place on after the other. */
class Cursor {
  readonly #bytes: Buffer;
  readonly #text: Buffer | number;
  #at: number;

  constructor(bytes: Buffer, text: Buffer | number) {
    this.#bytes = bytes;
    this.#text = text;
    this.#at = this.#find(0);
  }

  #find(from: number): number {
    const at = this.#bytes.indexOf(this.#text, from);
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  }

  /** Where the text is from a place on, which is never before an earlier one. */
  from(place: number): number {
    if (this.#at < place) this.#at = this.#find(place);
    return this.#at;
  }

  /** Whether the text is at none of the places that are left. */
  get isAtEnd(): boolean {
    return this.#at === Number.POSITIVE_INFINITY;
  }
}

/** containing finds events that contain a text. */
export function containing(text: string): Candidates {
  const encoded = Buffer.from(text);
  return (bytes) => {
    const cursor = new Cursor(bytes, encoded);
    if (cursor.isAtEnd) return undefined;
    return (from, end) => cursor.from(from) + encoded.length <= end;
  };
}

const IS_ASCII = /^[\0-\x7f]*$/;
const decoded = (latin1: string): string =>
  IS_ASCII.test(latin1) ? latin1 : Buffer.from(latin1, "latin1").toString("utf8");

/** A value, as text of JSON without escapes: undefined where it is a list or an object. */
function valueOf(json: string): unknown {
  return json.startsWith('"') ? decoded(json.slice(1, -1)) : (JSON.parse(json) as unknown);
}

/** MemberFilter is the value that a member of a name has to have. */
export interface MemberFilter {
  readonly name: string;
  readonly fits: (value: unknown) => boolean;
  /** The only text that fits; undefined: there are others. */
  readonly text?: string | undefined;
}

/** havingMember finds JSON events with a member of a name, at any depth, whose value may fit. Those with escapes may have it in another spelling. */
export function havingMember({ name, fits, text }: MemberFilter): Candidates | undefined {
  const encoded = JSON.stringify(name);
  const encodedBytes = Buffer.from(encoded);
  if (encoded.includes("\\")) return undefined;
  const quoted = text === undefined ? undefined : JSON.stringify(text);
  // Without the quote before it, which is where any string begins.
  const needle = quoted === undefined || quoted.includes("\\") ? undefined : Buffer.from(quoted.slice(1));
  const inLatin1 = encodedBytes.toString("latin1").replaceAll(/[$()*+.?[\]^{|}]/g, "\\$&");
  // What is in a list or an object is looked at when it is decoded.
  const member = new RegExp(
    `${inLatin1}\\s*:\\s*(?:("[^"]*"|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|true|false|null)|[[{])`,
    "g",
  );
  return (bytes) => {
    // No event has to be looked at.
    if (!bytes.includes(needle ?? encodedBytes) && !RESPELLED.some((escape) => bytes.includes(escape)))
      return undefined;
    const escapes = new Cursor(bytes, BACKSLASH);
    const texts = needle && new Cursor(bytes, needle);
    const members = new Members(bytes, member, fits);
    return (from, end) => {
      if (escapes.from(from) < end) return true;
      if (texts && texts.from(from) >= end) return false;
      return members.fitIn(from, end);
    };
  };
}

/** Members are those of a name, in the order of their places. They are looked for when they are asked for. */
class Members {
  readonly #bytes: Buffer;
  readonly #pattern: RegExp;
  readonly #fits: (value: unknown) => boolean;
  #text: string | undefined;
  #found: RegExpExecArray | null = null;

  constructor(bytes: Buffer, pattern: RegExp, fits: (value: unknown) => boolean) {
    this.#bytes = bytes;
    this.#pattern = pattern;
    this.#fits = fits;
  }

  #next(from: number): void {
    // Bytes have the places of characters.
    this.#text ??= this.#bytes.toString("latin1");
    this.#pattern.lastIndex = from;
    this.#found = this.#pattern.exec(this.#text);
  }

  /** Whether one of those in a range may fit. */
  fitIn(from: number, end: number): boolean {
    if (this.#text === undefined || (this.#found && this.#found.index < from)) this.#next(from);
    for (; this.#found && this.#found.index < end; this.#next(this.#found.index + 1)) {
      const [, json] = this.#found;
      if (json === undefined || this.#fits(valueOf(json))) return true;
    }
    return false;
  }
}

/** anyOf finds what one of several finds; undefined: one of them cannot tell. */
export function anyOf(all: readonly (Candidates | undefined)[]): Candidates | undefined {
  const given = all.filter((one) => one !== undefined);
  if (given.length < all.length) return undefined;
  return (bytes) => {
    const tests = given.flatMap((one) => one(bytes) ?? []);
    return tests.length === 0 ? undefined : (from, end) => tests.some((mayMatch) => mayMatch(from, end));
  };
}
