/** MayMatch says of the event in a range of bytes whether it may match. It is asked for events in the order of their places. */
export type MayMatch = (from: number, end: number) => boolean;

/**
 * Candidates tells events that cannot match from the others by their bytes, so that these alone are decoded. It is given what is read together,
 * which has other bytes between the events; undefined: none of them matches.
 */
export type Candidates = (bytes: Buffer) => MayMatch | undefined;

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const COLON = 0x3a;
const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** Ends of numbers and constants. */
const ENDS: ReadonlySet<number | undefined> = new Set([...SPACES, 0x2c, 0x5d, 0x7d]);
const LITERAL = /^(?:-?\d|true$|false$|null$)/;

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
}

/** containing finds events that contain a text. */
export function containing(text: string): Candidates {
  const encoded = Buffer.from(text);
  return (bytes) => {
    const cursor = new Cursor(bytes, encoded);
    if (cursor.from(0) === Number.POSITIVE_INFINITY) return undefined;
    return (from, end) => cursor.from(from) + encoded.length <= end;
  };
}

/** havingMember finds JSON events with a member of a name, at any depth, whose value may fit. */
export function havingMember(name: string, fits: (value: unknown) => boolean): Candidates | undefined {
  const text = JSON.stringify(name);
  // Another spelling of it could be in an event.
  if (text.includes("\\")) return undefined;
  const encoded = Buffer.from(text);
  return (bytes) => {
    const names = new Cursor(bytes, encoded);
    const escapes = new Cursor(bytes, BACKSLASH);
    return (from, end) => {
      // Names and values may be written in other ways then.
      if (escapes.from(from) < end) return true;
      for (let at = names.from(from); at < end; at = names.from(at + 1))
        if (mayFit(bytes, at + encoded.length, end, fits)) return true;
      return false;
    };
  };
}

/** Whether what follows a name is a value that may fit. */
function mayFit(bytes: Buffer, from: number, end: number, fits: (value: unknown) => boolean): boolean {
  const colon = skipSpaces(bytes, from);
  if (bytes[colon] !== COLON) return false;
  const at = skipSpaces(bytes, colon + 1);
  if (bytes[at] === QUOTE) {
    const close = bytes.indexOf(QUOTE, at + 1);
    return close < 0 || close >= end || fits(bytes.toString("utf8", at + 1, close));
  }
  let to = at;
  while (to < end && !ENDS.has(bytes[to])) to++;
  const literal = bytes.toString("latin1", at, to);
  // What is in a list or an object is looked at when it is decoded.
  return !LITERAL.test(literal) || fits(JSON.parse(literal));
}

function skipSpaces(bytes: Buffer, from: number): number {
  let at = from;
  while (SPACES.has(bytes[at])) at++;
  return at;
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
