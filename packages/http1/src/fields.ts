import { BadMessage } from "./bad-message.ts";
import { isBlank, tokenEnd, valueEnd } from "./characters.ts";

export const LINE_END = "\r\n";
const COLON = 58;
const CR = 13;
const LF = 10;

/**
 * readFields reads header or trailer lines, each with its end of line, from `from` to `end` of a string. `bytes` has that string from `at` on: they are
 * looked at once, and names and values are parts of the text. Names and values alternate. Throws BadMessage.
 */
export function readFields(bytes: Uint8Array, at: number, text: string, from: number, end: number): string[] {
  const fields: string[] = [];
  let nameAt = from;
  while (nameAt < end) {
    const nameEnd = tokenEnd(bytes, at + nameAt) - at;
    // Also refuses folded lines, and spaces in front of the colon (RFC 9112, 5).
    if (nameEnd === nameAt || bytes[at + nameEnd] !== COLON)
      throw new BadMessage("the name of a header is not a token");
    let start = at + nameEnd + 1;
    while (isBlank(bytes[start])) start++;
    const lineEnd = valueEnd(bytes, start);
    if (bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF)
      throw new BadMessage("the value of a header has a character that is not allowed");
    let stop = lineEnd;
    while (stop > start && isBlank(bytes[stop - 1])) stop--;
    fields.push(text.slice(nameAt, nameEnd), text.slice(start - at, stop - at));
    nameAt = lineEnd - at + LINE_END.length;
  }
  return fields;
}
