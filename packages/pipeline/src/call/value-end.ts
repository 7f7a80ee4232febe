/*
 * Where values end in texts that may be JSON within strings of JSON: a body in the event of a function is in one. Within so many strings (depth), what is one
 * backslash outside of them is 2^depth of them, and a quote follows 2^depth - 1. Each function reads a text once.
 */

import type { Place } from "./secret-words.ts";

const QUOTE = '"';
const BACKSLASH = "\\";

/** How many backslashes precede the quote of a string at a depth. */
const backslashesOf = (depth: number): number => 2 ** depth - 1;

/** depthOf is the depth of a quote with so many backslashes before it; undefined: no string can begin so. */
export const depthOf = (backslashes: number): number | undefined => {
  const depth = Math.log2(backslashes + 1);
  return Number.isInteger(depth) ? depth : undefined;
};

/** The quote at or behind a place: where its backslashes begin, and how many there are; undefined: there is none. */
function nextQuote(
  text: string,
  from: number,
): { readonly at: number; readonly backslashes: number } | undefined {
  const quote = text.indexOf(QUOTE, from);
  if (quote < 0) return undefined;
  let at = quote;
  while (at > from && text[at - 1] === BACKSLASH) at--;
  return { at, backslashes: quote - at };
}

/** endOfString is where the content of a string ends that begins at a place, at a depth: before its quote, or that of a string around it; the end of a text that is cut off. */
export function endOfString(text: string, from: number, depth: number): number {
  const [own, escaped] = [backslashesOf(depth), 2 ** (depth + 1)];
  for (let at = from; ; ) {
    const quote = nextQuote(text, at);
    if (!quote) return text.length;
    // Backslashes of the content are there in whole groups; with some more, a quote belongs to the content.
    const rest = quote.backslashes % escaped;
    if (rest <= own) return quote.at + quote.backslashes - rest;
    at = quote.at + quote.backslashes + 1;
  }
}

const OPENS = "[{";
const CLOSES = "]}";

/**
 * endOfBrackets is where the content of a list or an object ends that begins behind its bracket: before the bracket that closes it, whatever is nested in it; before
 * the end of the string of JSON that it is in; the end of a text that is cut off. `depth` undefined: its first string says it.
 */
export function endOfBrackets(text: string, from: number, depth: number | undefined): number {
  let own = depth;
  let open = 1;
  for (let at = from; at < text.length; at++) {
    const char = text[at] as string;
    if (OPENS.includes(char)) open++;
    else if (CLOSES.includes(char) && --open === 0) return at;
    if (char !== QUOTE && char !== BACKSLASH) continue;
    let quote = at;
    while (text[quote] === BACKSLASH) quote++;
    if (text[quote] !== QUOTE) {
      at = quote - 1;
      continue;
    }
    const backslashes = quote - at;
    own ??= depthOf(backslashes) ?? 0;
    if (backslashes < backslashesOf(own)) return at;
    const end = endOfString(text, quote + 1, own);
    // Behind its quote, if that is its own and not one of a string around it.
    const closing = end + backslashesOf(own);
    if (text[closing] !== QUOTE) return Math.min(end, text.length);
    at = closing;
  }
  return text.length;
}

const STRING = /(\\*)"/y;
const BRACKET = /[[{]/y;
const NUMBER = /[^\s"\\&,;}\]]+/y;
/** A value without quotes. What ends it in a list, a map or a string is a part of it where more of it follows. */
const PLAIN = /(?:[^\s"\\&,;}\]]|[,;}\]](?![\s"\\&,;}\]]|$)|"(?![\s"\\&,;:}\]/>]|$)|\\+(?!["\\]|$))+/y;
const APOSTROPHES = /'((?:[^'\\]|\\.)*)/sy;

/** isAt is the match of a sticky pattern at a place. */
export const isAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/**
 * placeOfValue is where a value is that begins at a place, without what delimits it; undefined: there is none. `depth` is that of its name, where that is in quotes.
 */
export function placeOfValue(text: string, at: number, depth: number | undefined): Place | undefined {
  const string = isAt(STRING, text, at);
  if (string) {
    const start = at + string[0].length;
    const own = depthOf((string[1] as string).length);
    // Behind a name in quotes, a quote with fewer backslashes ends the string that both are in.
    if (own === undefined || (depth !== undefined && own < depth)) return undefined;
    return [start, endOfString(text, start, own)];
  }
  if (isAt(BRACKET, text, at)) return [at + 1, endOfBrackets(text, at + 1, depth)];
  const inApostrophes = isAt(APOSTROPHES, text, at);
  if (inApostrophes) return [at + 1, at + inApostrophes[0].length];
  const plain = isAt(depth === undefined ? PLAIN : NUMBER, text, at);
  return plain ? [at, at + plain[0].length] : undefined;
}

/** Spaces on the same line, behind which no other pair begins. */
const NEXT_WORD = /[^\S\r\n]+(?![\w.-]+\s*[=:])/y;

/** endOfWords is where a value without quotes ends that may have spaces: at the next pair, or with its line. `end` is that of its first word. */
export function endOfWords(text: string, end: number): number {
  for (let at = end; ; ) {
    const space = isAt(NEXT_WORD, text, at);
    const word = space && isAt(PLAIN, text, at + space[0].length);
    if (!word) return at;
    at = PLAIN.lastIndex;
  }
}

/** placeOfElement is what an element of XML has whose opening tag ends at a place, with all elements in it; undefined: it is empty. */
export function placeOfElement(text: string, at: number, tag: string): Place | undefined {
  if (text[at - 2] === "/") return undefined;
  const closing = new RegExp(String.raw`</(?:[\w.-]+:)?${tag}\s*>`, "gi");
  return [at, isAt(closing, text, at)?.index ?? text.length];
}

/** A line feed, which strings of JSON have as \n. */
const LINE_END = String.raw`(?:\r?\n|(?:\\+r)?\\+n)`;
const BLANK_LINE = new RegExp(LINE_END + LINE_END, "g");
/** A boundary is what the head of a part follows, or what ends the form: lines of a content may begin with hyphens, as those of PEM do. */
const NEXT_PART = new RegExp(
  String.raw`${LINE_END}--[^\s"\\]{1,72}(?=${LINE_END}[\w-]+\s*:)|${LINE_END}--[^\s"\\]{0,72}--(?=${LINE_END}|\s*$|\\*")`,
  "g",
);
/** The headers of a part. */
const PART_HEAD_MAX_CHARS = 2_048;

/** contentOfPart is the content of a part of a multipart form (RFC 7578) in whose head a place is; undefined: it has none. */
export function contentOfPart(text: string, from: number): Place | undefined {
  const head = text.slice(from, from + PART_HEAD_MAX_CHARS);
  BLANK_LINE.lastIndex = 0;
  if (!BLANK_LINE.test(head)) return undefined;
  const start = from + BLANK_LINE.lastIndex;
  // What has the next boundary before the blank line is no head of a part.
  NEXT_PART.lastIndex = 0;
  const boundary = NEXT_PART.exec(head);
  if (boundary && from + boundary.index < start - boundary[0].length) return undefined;
  NEXT_PART.lastIndex = start;
  return [start, NEXT_PART.exec(text)?.index ?? text.length];
}
