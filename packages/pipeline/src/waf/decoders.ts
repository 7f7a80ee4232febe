// Decoders of text transformations. The characters of a text are bytes; what decodes to a larger character becomes its bytes in UTF-8.

/** A character as bytes. */
const bytesOf = (codePoint: number): string =>
  codePoint < 0x100
    ? String.fromCharCode(codePoint)
    : codePoint > 0x10_ffff
      ? ""
      : Buffer.from(String.fromCodePoint(codePoint)).toString("latin1");

/** Full-width forms of ASCII, which servers often take for it. */
const narrow = (codePoint: number): number =>
  codePoint >= 0xff01 && codePoint <= 0xff5e ? codePoint - 0xfee0 : codePoint;

const hexChar = (digits: string): string => bytesOf(narrow(Number.parseInt(digits, 16)));

/** The value of a hexadecimal digit; -1: it is none. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

const WIDE = /u[0-9a-f]{4}/iy;

/** What the escape at a place stands for, and its length; undefined: it is none. */
function percentEscape(text: string, at: number, unicode: boolean): readonly [string, number] | undefined {
  const high = digitAt(text, at + 1);
  const low = high < 0 ? -1 : digitAt(text, at + 2);
  if (low >= 0) return [String.fromCharCode(high * 16 + low), 3];
  WIDE.lastIndex = at + 1;
  return unicode && WIDE.test(text) ? [hexChar(text.slice(at + 2, at + 6)), 6] : undefined;
}

/** percentDecoded decodes %XX, `+`, and with `unicode` %uXXXX; what is no escape stays. */
export function percentDecoded(text: string, unicode: boolean): string {
  const plain = text.includes("+") ? text.replaceAll("+", " ") : text;
  let at = plain.indexOf("%");
  if (at < 0) return plain;
  let out = "";
  let copied = 0;
  for (; at >= 0; at = plain.indexOf("%", at)) {
    const escape = percentEscape(plain, at, unicode);
    if (escape) {
      out += plain.slice(copied, at) + escape[0];
      copied = at + escape[1];
    }
    at += escape?.[1] ?? 1;
  }
  return out + plain.slice(copied);
}

const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  amp: "&",
  lt: "<",
  gt: ">",
  apos: "'",
  nbsp: "\xa0",
  colon: ":",
  tab: "\t",
  newline: "\n",
  lpar: "(",
  rpar: ")",
};
const ENTITY =
  /&(?:#x0*([0-9a-f]{1,8})|#0*(\d{1,10})|(quot|amp|lt|gt|apos|nbsp|colon|tab|newline|lpar|rpar));?/gi;

export const htmlDecoded = (text: string): string =>
  text.includes("&")
    ? text.replace(
        ENTITY,
        (_all, hex: string | undefined, decimal: string | undefined, name: string | undefined) =>
          name
            ? (ENTITIES[name.toLowerCase()] as string)
            : bytesOf(hex ? Number.parseInt(hex, 16) : Number.parseInt(decimal as string, 10)),
      )
    : text;

export const base64Bytes = (text: string): string => Buffer.from(text, "base64").toString("latin1");

/** Pairs of digits become bytes; a character that is no digit ends it. */
export const hexBytes = (text: string): string => Buffer.from(text, "hex").toString("latin1");

export const sqlHexDecoded = (text: string): string =>
  text.replace(/0x((?:[0-9a-f]{2})+)/gi, (_all, digits: string) => hexBytes(digits));

const CONTROLS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const octal = (digits: string): string => String.fromCharCode(Number.parseInt(digits, 8) & 0xff);

/** Escapes of ANSI C. */
export const escapesDecoded = (text: string): string =>
  text.includes("\\")
    ? text.replace(
        /\\(?:x([0-9a-f]{2})|([0-7]{1,3})|([abfnrtv\\?'"]))/gi,
        (_all, hex: string | undefined, digits: string | undefined, one: string) =>
          hex ? hexChar(hex) : digits ? octal(digits) : (CONTROLS[one.toLowerCase()] ?? one),
      )
    : text;

/** Escapes of JavaScript. */
export const jsDecoded = (text: string): string =>
  text.includes("\\")
    ? text.replace(
        /\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|([0-3]?[0-7]{1,2})|([^]))/gi,
        (
          _all,
          braced: string | undefined,
          wide: string | undefined,
          hex: string | undefined,
          digits: string | undefined,
          one: string,
        ) => {
          const code = braced ?? wide ?? hex;
          if (code) return hexChar(code);
          return digits ? octal(digits) : (CONTROLS[one] ?? one);
        },
      )
    : text;

/** Escapes of CSS 2: up to six digits and one blank; a backslash before the end of a line disappears. */
export const cssDecoded = (text: string): string =>
  text.includes("\\")
    ? text.replace(
        /\\(?:([0-9a-f]{1,6})\s?|(\n)|([^])|$)/gi,
        (_all, hex: string | undefined, line: string | undefined, one: string | undefined) =>
          hex ? hexChar(hex) : line ? "" : (one ?? ""),
      )
    : text;

/** Characters outside ASCII, which are sequences of bytes in UTF-8, as %uXXXX. */
export const unicodeEncoded = (text: string): string =>
  /[\x80-\xff]/.test(text)
    ? Buffer.from(text, "latin1")
        .toString("utf8")
        .replace(/[\u0080-\uffff]/g, (unit) => `%u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : text;
