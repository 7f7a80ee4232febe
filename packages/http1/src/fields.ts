import { BadMessage } from "./bad-message.ts";
import { isBlank, isToken, isValue } from "./characters.ts";

export const LINE_END = "\r\n";

/**
 * readFields reads header or trailer lines from `from` on, each of which begins behind an end of line; `end` is where the last one ends. Names and
 * values alternate.
 */
export function readFields(text: string, from: number, end: number): string[] {
  const fields: string[] = [];
  let at = from;
  while (at < end) {
    const nameEnd = text.indexOf(":", at);
    const name = text.slice(at, Math.max(at, nameEnd));
    // Also refuses folded lines, and spaces in front of the colon (RFC 9112, 5).
    if (!isToken(name)) throw new BadMessage("the name of a header is not a token");
    const lineEnd = text.indexOf(LINE_END, nameEnd);
    let start = nameEnd + 1;
    while (isBlank(text.charCodeAt(start))) start++;
    let stop = lineEnd;
    while (stop > start && isBlank(text.charCodeAt(stop - 1))) stop--;
    const value = text.slice(start, stop);
    if (lineEnd < 0 || !isValue(value))
      throw new BadMessage("the value of a header has a character that is not allowed");
    fields.push(name, value);
    at = lineEnd + LINE_END.length;
  }
  return fields;
}
