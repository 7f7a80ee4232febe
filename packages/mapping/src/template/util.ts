import { parseJson } from "../java/json.ts";
import { JavaError } from "../java/string-methods.ts";
import { HostObject, type Meter, textOf, type Value } from "../java/value.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "'": "\\'",
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** escapeJavaScript escapes as Apache Commons Lang 2 does: quotes, backslashes, slashes, and everything that is not printable ASCII. */
export const escapeJavaScript = (text: string): string =>
  text.replace(
    // oxlint-disable-next-line no-control-regex -- control characters are what is escaped
    /["'\\/\u0000-\u001f\u0080-\uffff]/g,
    (c) => ESCAPES[c] ?? `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );

/** urlEncode encodes as a form: a blank is +, and only letters, digits and .-*_ stay. */
export function urlEncode(text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed());
  if (!/%20|[!'()~]/.test(encoded)) return encoded;
  return encoded
    .replaceAll("%20", "+")
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function urlDecode(text: string): string {
  const bytes: number[] = [];
  const plain = text.replaceAll("+", " ");
  if (!plain.includes("%")) return plain;
  for (const [part] of plain.matchAll(/%[0-9a-fA-F]{2}|[^%]+|%/g)) {
    if (part === "%") throw new JavaError("urlDecode: a % must be followed by two hexadecimal digits");
    if (part.startsWith("%")) bytes.push(Number.parseInt(part.slice(1), 16));
    else bytes.push(...Buffer.from(part));
  }
  return Buffer.from(bytes).toString("utf8");
}

const BASE64 = /^[A-Za-z0-9+/\r\n]*={0,2}$/;

function base64Decode(text: string): string {
  if (!BASE64.test(text)) throw new JavaError("base64Decode: the input is not base64");
  return Buffer.from(text, "base64").toString("utf8");
}

const functions: Readonly<Record<string, (text: string) => Value>> = {
  escapeJavaScript,
  parseJson,
  urlEncode,
  urlDecode,
  base64Encode: (text) => Buffer.from(text, "utf8").toString("base64"),
  base64Decode,
};

/** How much more parsing costs than reading. */
const PARSE_WEIGHT = 10;

/** Util is $util (AWS: "API Gateway mapping template and access logging variable reference", $util variables). */
class Util extends HostObject {
  get(): undefined {
    return undefined;
  }

  call(name: string, args: readonly Value[], meter: Meter): Value | undefined {
    if (args.length !== 1 || !Object.hasOwn(functions, name)) return undefined;
    const text = textOf(args[0] as Value);
    meter.spendOnText((name === "parseJson" ? PARSE_WEIGHT : 1) * text.length);
    return functions[name]?.(text);
  }

  toString(): string {
    return "";
  }
}

export const util = new Util();
