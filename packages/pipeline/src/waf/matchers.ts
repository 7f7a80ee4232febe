import { isUtf8 } from "node:buffer";
import type { ByteMatchStatement } from "@tollgate/config";
import { javaPattern } from "@tollgate/patterns";

/** Matcher looks at one text. */
export type Matcher = (text: string) => boolean;

const isWordAt = (text: string, at: number): boolean => /\w/.test(text.charAt(at));

function containsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (!isWordAt(text, at - 1) && !isWordAt(text, at + word.length)) return true;
  return false;
}

/** byteMatcher looks for bytes at a place. */
export function byteMatcher({
  searchString,
  searchStringBase64,
  positionalConstraint,
}: ByteMatchStatement): Matcher {
  const bytes =
    searchString === undefined ? Buffer.from(searchStringBase64 ?? "", "base64") : Buffer.from(searchString);
  const wanted = bytes.toString("latin1");
  switch (positionalConstraint) {
    case "EXACTLY":
      return (text) => text === wanted;
    case "STARTS_WITH":
      return (text) => text.startsWith(wanted);
    case "ENDS_WITH":
      return (text) => text.endsWith(wanted);
    case "CONTAINS":
      return (text) => text.includes(wanted);
    case "CONTAINS_WORD":
      return (text) => containsWord(text, wanted);
  }
}

type Operator = "EQ" | "NE" | "LE" | "LT" | "GE" | "GT";

const operators: Readonly<Record<Operator, (length: number, size: number) => boolean>> = {
  EQ: (length, size) => length === size,
  NE: (length, size) => length !== size,
  LE: (length, size) => length <= size,
  LT: (length, size) => length < size,
  GE: (length, size) => length >= size,
  GT: (length, size) => length > size,
};

/** sizeMatcher compares the number of bytes. */
export function sizeMatcher(operator: Operator, size: number): Matcher {
  const compare = operators[operator];
  return ({ length }) => compare(length, size);
}

/** Forms of a text that patterns are tried on: its characters, and its bytes where they are not UTF-8. */
function formsOf(text: string): readonly string[] {
  if (!/[\x80-\xff]/.test(text)) return [text];
  const bytes = Buffer.from(text, "latin1");
  return isUtf8(bytes) ? [bytes.toString("utf8")] : [bytes.toString("utf8"), text];
}

/** regexMatcher looks for patterns. Throws PatternError for one that cannot be matched in linear time. Its matches throw MatchTimeout. */
export function regexMatcher(sources: readonly string[]): Matcher {
  const patterns = sources.map(javaPattern);
  return (text) => {
    const forms = formsOf(text);
    return patterns.some((pattern) => forms.some((form) => pattern.test(form)));
  };
}
