import { integer, JavaDouble, JavaList, type JavaMap, type Value } from "./value.ts";

/** Deeper JSON than this is refused: reading it must not exhaust the stack. */
const DEPTH_MAX = 512;
/** Beyond this many characters a fraction is kept in its exact decimal form, as json-smart does. */
const EXACT_FROM_CHARS = 18;

const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

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
    if (this.text.charCodeAt(this.at) === 125) this.at++;
    else
      for (;;) {
        if (this.text.charCodeAt(this.at) !== QUOTE) throw new JsonSyntaxError(this.at);
        const key = this.string();
        this.space();
        if (this.text.charCodeAt(this.at) !== 58) throw new JsonSyntaxError(this.at);
        this.at++;
        this.space();
        map.set(key, this.value());
        if (this.#isLast(125)) break;
      }
    this.depth--;
    return map;
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
    this.space();
    const c = this.text.charCodeAt(this.at);
    if (c !== 44 && c !== close) throw new JsonSyntaxError(this.at);
    this.at++;
    if (c === 44) this.space();
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
    if (next === 46 || next === 101 || next === 69) return this.#fraction();
    this.at = at;
    if (at - first < 16) return negative ? 0 - value : value;
    return integer(BigInt(text.slice(start, at)));
  }

  #fraction(): JavaDouble {
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
