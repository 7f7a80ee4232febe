import { createHash } from "node:crypto";
import type { TextTransformations, TextTransformationType } from "@tollgate/config";
import {
  base64Bytes,
  cssDecoded,
  escapesDecoded,
  hexBytes,
  htmlDecoded,
  jsDecoded,
  percentDecoded,
  sqlHexDecoded,
  unicodeEncoded,
} from "./decoders.ts";

/** Transformation rewrites a text, whose characters are bytes. */
type Transformation = (text: string) => string;

const SPACE = /[ \t\n\v\f\r\xa0]+/g;

/** A comment that is not closed goes on to the end. */
const SQL_COMMENT = /\/\*[^]*?(?:\*\/|$)/g;

/** What begins and ends comments (ModSecurity: removeCommentsChar). */
const COMMENT_CHARS = /\/\*|\*\/|--|#/g;

/** A command line without what a shell drops, which `dropped` matches. */
const commandLine =
  (dropped: RegExp): Transformation =>
  (text) =>
    lowerCase(
      text
        .replace(dropped, "")
        .replace(/[,;]/g, " ")
        .replace(/\s+/g, " ")
        .replace(/ (?=[/(])/g, ""),
    );

const digest =
  (algorithm: "md5" | "sha256"): Transformation =>
  (text) =>
    createHash(algorithm).update(text, "latin1").digest("latin1");

/** Without double slashes, `.` and `..`, except those that lead out at the front. */
function normalizedPath(path: string): string {
  const isAbsolute = path.startsWith("/");
  const endsInFolder = /(^|\/)\.{0,2}$/.test(path);
  const out: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") out.push(segment);
    else if (out.length > 0 && out.at(-1) !== "..") out.pop();
    else if (!isAbsolute) out.push("..");
  }
  const joined = `${isAbsolute ? "/" : ""}${out.join("/")}`;
  return endsInFolder && out.length > 0 ? `${joined}/` : joined;
}

/** ASCII letters only: the characters are bytes. */
const OUTSIDE_ASCII = /[\x80-\xff]/;
const lowerCase: Transformation = (text) =>
  OUTSIDE_ASCII.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text.toLowerCase();
const upperCase: Transformation = (text) =>
  OUTSIDE_ASCII.test(text) ? text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()) : text.toUpperCase();

/** All text transformations (AWS WAF: text transformations; waf-api section 5). */
const transformations: Readonly<Record<TextTransformationType, Transformation>> = {
  NONE: (text) => text,
  COMPRESS_WHITE_SPACE: (text) => text.replace(SPACE, " "),
  HTML_ENTITY_DECODE: htmlDecoded,
  LOWERCASE: lowerCase,
  UPPERCASE: upperCase,
  CMD_LINE: commandLine(/[\\"'^]/g),
  // AWS does not describe these two: they drop what cmd.exe, or a POSIX shell, drops.
  CMD_LINE_WIN: commandLine(/["^]/g),
  CMD_LINE_UNIX: commandLine(/[\\"']/g),
  URL_DECODE: (text) => percentDecoded(text, false),
  URL_DECODE_UNI: (text) => percentDecoded(text, true),
  BASE64_DECODE: (text) => base64Bytes(/^[A-Za-z0-9+/]*/.exec(text)?.[0] ?? ""),
  BASE64_DECODE_EXT: (text) => base64Bytes(text.replace(/[^A-Za-z0-9+/]+/g, "")),
  HEX_DECODE: hexBytes,
  MD5: digest("md5"),
  SHA256: digest("sha256"),
  REPLACE_COMMENTS: (text) => text.replace(SQL_COMMENT, " "),
  REMOVE_COMMENTS_CHAR: (text) => text.replace(COMMENT_CHARS, ""),
  ESCAPE_SEQ_DECODE: escapesDecoded,
  SQL_HEX_DECODE: sqlHexDecoded,
  CSS_DECODE: cssDecoded,
  JS_DECODE: jsDecoded,
  // AWS does not describe what it does besides; JS_DECODE knows all escapes of JavaScript here.
  JS_DECODE_EXT: jsDecoded,
  NORMALIZE_PATH: normalizedPath,
  NORMALIZE_PATH_WIN: (text) => normalizedPath(text.replaceAll("\\", "/")),
  REMOVE_NULLS: (text) => text.replaceAll("\0", ""),
  REPLACE_NULLS: (text) => text.replaceAll("\0", " "),
  UTF8_TO_UNICODE: unicodeEncoded,
  REMOVE_WHITESPACE: (text) => text.replace(SPACE, ""),
  // The characters that JavaScript trims, of those below 256, are these.
  TRIM: (text) => text.trim(),
  TRIM_LEFT: (text) => text.trimStart(),
  TRIM_RIGHT: (text) => text.trimEnd(),
};

/** A step of a chain of transformations, by its name. */
export interface TransformationStep {
  readonly type: TextTransformationType;
  readonly apply: Transformation;
}

/** transformationSteps are the steps of a statement in the order in which they run. */
export const transformationSteps = (all: TextTransformations): readonly TransformationStep[] =>
  all
    .filter(({ type }) => type !== "NONE")
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ type }) => ({ type, apply: transformations[type] }));

/** compileTransformations makes one function of all transformations of a statement; undefined: the text is taken as it is. */
export function compileTransformations(all: TextTransformations): Transformation | undefined {
  const steps = transformationSteps(all);
  if (steps.length === 0) return undefined;
  return (text) => {
    let out = text;
    for (const { apply } of steps) out = apply(out);
    return out;
  };
}
