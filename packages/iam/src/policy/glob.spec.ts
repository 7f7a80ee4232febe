import { expect, it } from "vitest";
import { compileGlob, matchesGlob } from "./glob.ts";

const PATTERNS = [
  "",
  "*",
  "**",
  "a",
  "a*",
  "*a",
  "a*b",
  "a?",
  "?",
  "ab*",
  "a**",
  "a*?",
  "ab\u0001",
  "a\u0002*",
];
const TEXTS = ["", "a", "b", "ab", "aab", "abc", "a*", "a?", "ab*", "?", "aXb", "*", "\u0001", "ab\u0001"];

it.each(PATTERNS)("the pattern %j matches the same compiled as uncompiled", (pattern) => {
  const matches = compileGlob(pattern);
  for (const text of TEXTS) expect([text, matches(text)]).toEqual([text, matchesGlob(pattern, text)]);
});
