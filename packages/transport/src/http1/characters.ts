const TOKEN = 1;
const VALUE = 2;

/** What each byte may be part of: a token (RFC 9110, 5.6.2), or the value of a header (5.5). */
const CLASSES = new Uint8Array(256);
for (let code = 0x20; code < 256; code++) if (code !== 0x7f) CLASSES[code] = VALUE;
CLASSES[0x09] = VALUE;
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  CLASSES[character.charCodeAt(0)] = TOKEN | VALUE;

/** tokenEnd is where the token that begins at `from` ends. */
export function tokenEnd(text: string, from: number): number {
  let at = from;
  while (((CLASSES[text.charCodeAt(at)] as number) & TOKEN) !== 0) at++;
  return at;
}

/** valueEnd is where what may be part of a header's value ends. */
export function valueEnd(text: string, from: number): number {
  let at = from;
  while (((CLASSES[text.charCodeAt(at)] as number) & VALUE) !== 0) at++;
  return at;
}

export const isToken = (text: string): boolean => text !== "" && tokenEnd(text, 0) === text.length;
export const isValue = (text: string): boolean => valueEnd(text, 0) === text.length;

/** isBlank: space or tab, which may be around a header's value. */
export const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;
