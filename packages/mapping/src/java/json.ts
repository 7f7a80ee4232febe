import { integer, JavaDouble, JavaList, type JavaMap, type Value } from "./value.ts";

/** Deeper JSON than this is refused: reading it must not exhaust the stack. */
const DEPTH_MAX = 512;
/** Beyond this many characters a fraction is kept in its exact decimal form, as json-smart does. */
const EXACT_FROM_CHARS = 18;

const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;
const POINT = 46;
const COLON = 58;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Decimal digits that a double holds whatever they are. */
const EXACT_DIGITS = 15;
const POWERS: readonly number[] = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

/** Names of members that were read last, by their hash: bodies have the same ones again and again. A longer slice would keep its whole text. */
const KEPT_MAX_CHARS = 12;
const KEPT = 256;
const keptKeys: string[] = Array.from({ length: KEPT }, () => "");

/**
 * JsonSyntaxError contains the position at which a string is not valid JSON. It has no stack: whatever clients send is tried, and a stack
 * takes longer than everything else that is done with a short message.
 */
export class JsonSyntaxError extends Error {
  constructor(at: number) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`not JSON at character ${at + 1}`);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Reader parses JSON into values whose numbers print as they were written, and whose members keep their order. */
class Reader {
  readonly text: string;
  at = 0;
  depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  space(): void {
    const { text } = this;
    let at = this.at;
    for (let c = text.charCodeAt(at); c === 32 || c === 10 || c === 13 || c === 9; c = text.charCodeAt(++at));
    this.at = at;
  }

  value(): Value {
    switch (this.text.charCodeAt(this.at)) {
      case 123:
        return this.object();
      case 91:
        return this.array();
      case QUOTE:
        return this.string();
      case 116:
        return this.word("true", true);
      case 102:
        return this.word("false", false);
      case 110:
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  word<T extends Value>(text: string, value: T): T {
    if (!this.text.startsWith(text, this.at)) throw new JsonSyntaxError(this.at);
    this.at += text.length;
    return value;
  }

  enter(): void {
    this.at++;
    if (++this.depth > DEPTH_MAX) throw new JsonSyntaxError(this.at);
    this.space();
  }

  object(): JavaMap {
    const map: JavaMap = new Map();
    this.enter();
    const { text } = this;
    if (text.charCodeAt(this.at) === 125) this.at++;
    else
      for (;;) {
        if (text.charCodeAt(this.at) !== QUOTE) throw new JsonSyntaxError(this.at);
        const key = this.#key();
        if (text.charCodeAt(this.at) !== COLON) this.space();
        if (text.charCodeAt(this.at) !== COLON) throw new JsonSyntaxError(this.at);
        if (text.charCodeAt(++this.at) <= 32) this.space();
        map.set(key, this.value());
        if (this.#isLast(125)) break;
      }
    this.depth--;
    return map;
  }

  /** A short name that was read before is the same string again: it is neither copied nor hashed. */
  #key(): string {
    const { text } = this;
    const start = this.at + 1;
    let at = start;
    let hash = 0;
    let c = text.charCodeAt(at);
    // NaN, the end of the input, ends it too.
    for (; c >= 32 && c !== QUOTE && c !== BACKSLASH; c = text.charCodeAt(++at)) hash = (hash * 31 + c) | 0;
    const length = at - start;
    if (c !== QUOTE || length > KEPT_MAX_CHARS) return this.string();
    this.at = at + 1;
    const place = (hash ^ (hash >>> 8)) & (KEPT - 1);
    const kept = keptKeys[place] as string;
    if (kept.length === length) {
      let i = 0;
      while (i < length && kept.charCodeAt(i) === text.charCodeAt(start + i)) i++;
      if (i === length) return kept;
    }
    const key = text.slice(start, at);
    keptKeys[place] = key;
    return key;
  }

  array(): JavaList {
    const items: Value[] = [];
    this.enter();
    if (this.text.charCodeAt(this.at) === 93) this.at++;
    else
      for (;;) {
        items.push(this.value());
        if (this.#isLast(93)) break;
      }
    this.depth--;
    return new JavaList(items, true);
  }

  /** After a member: a comma leads to the next one, `close` ends. */
  #isLast(close: number): boolean {
    const { text } = this;
    let c = text.charCodeAt(this.at);
    if (c <= 32) {
      this.space();
      c = text.charCodeAt(this.at);
    }
    if (c !== 44 && c !== close) throw new JsonSyntaxError(this.at);
    if (text.charCodeAt(++this.at) <= 32 && c === 44) this.space();
    return c === close;
  }

  string(): string {
    const { text } = this;
    const start = this.at + 1;
    for (let at = start; ; at++) {
      const c = text.charCodeAt(at);
      if (c === QUOTE) {
        this.at = at + 1;
        return text.slice(start, at);
      }
      if (c === BACKSLASH) return this.#escapedString(start, at);
      // NaN means the end of the input.
      if (!(c >= 32)) throw new JsonSyntaxError(at);
    }
  }

  #escapedString(start: number, from: number): string {
    const { text } = this;
    let at = from;
    for (let c = text.charCodeAt(at); c !== QUOTE; c = text.charCodeAt(at)) {
      if (!(c >= 32)) throw new JsonSyntaxError(at);
      at += c === BACKSLASH ? 2 : 1;
    }
    this.at = at + 1;
    try {
      return JSON.parse(text.slice(start - 1, at + 1)) as string;
    } catch {
      throw new JsonSyntaxError(from);
    }
  }

  number(): Value {
    const { text } = this;
    const start = this.at;
    const negative = text.charCodeAt(start) === MINUS;
    const first = negative ? start + 1 : start;
    let at = first;
    let value = 0;
    for (let c = text.charCodeAt(at); c >= 48 && c <= 57; c = text.charCodeAt(++at))
      value = value * 10 + c - 48;
    const leadingZero = text.charCodeAt(first) === 48 && at > first + 1;
    if (at === first || leadingZero) throw new JsonSyntaxError(start);
    const next = text.charCodeAt(at);
    if (next === POINT) return this.#fraction(value, at + 1, at - first, negative);
    if (next === 101 || next === 69) return this.#anyFraction();
    this.at = at;
    if (at - first < 16) return negative ? 0 - value : value;
    return integer(BigInt(text.slice(start, at)));
  }

  /** After the point. With few digits, both operands are exact, and so the quotient is what the text says, rounded once. */
  #fraction(whole: number, from: number, wholeDigits: number, negative: boolean): JavaDouble {
    const { text } = this;
    let at = from;
    let value = whole;
    let c = text.charCodeAt(at);
    for (; c >= 48 && c <= 57; c = text.charCodeAt(++at)) value = value * 10 + c - 48;
    const digits = at - from;
    if (digits === 0 || wholeDigits + digits > EXACT_DIGITS || c === 101 || c === 69)
      return this.#anyFraction();
    this.at = at;
    value /= POWERS[digits] as number;
    return new JavaDouble(negative ? -value : value);
  }

  #anyFraction(): JavaDouble {
    NUMBER.lastIndex = this.at;
    const text = NUMBER.exec(this.text)?.[0];
    if (text === undefined || !/[.eE]/.test(text)) throw new JsonSyntaxError(this.at);
    this.at += text.length;
    return new JavaDouble(Number(text), text.length > EXACT_FROM_CHARS ? text : undefined);
  }
}

/** parseJson parses JSON. Throws JsonSyntaxError. */
export function parseJson(text: string): Value {
  const reader = new Reader(text);
  reader.space();
  const value = reader.value();
  reader.space();
  if (reader.at !== text.length) throw new JsonSyntaxError(reader.at);
  return value;
}
