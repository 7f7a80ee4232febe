import { describe, expect, it } from "vitest";
import { javaPattern } from "./java.ts";
import { PatternError } from "./syntax.ts";

describe("Java's patterns", () => {
  it.each([
    { pattern: ".*", text: "one line", matches: true },
    { pattern: ".*", text: "two\nlines", matches: false },
    { pattern: "(\\n|.)+", text: "two\nlines", matches: true },
    { pattern: "(?s).*", text: "two\nlines", matches: true },
    { pattern: "(?i)error", text: "ERRor", matches: true },
    { pattern: "a(?i)b(?-i)c", text: "aBc", matches: true },
    { pattern: "a(?i)b(?-i)c", text: "aBC", matches: false },
    { pattern: "(?i:[a-f]+)x", text: "ABCx", matches: true },
    { pattern: "(?i:[a-f]+)x", text: "ABCX", matches: false },
    { pattern: "\\Qa.b\\E\\d", text: "a.b1", matches: true },
    { pattern: "\\Qa.b\\E\\d", text: "axb1", matches: false },
    { pattern: "\\p{Alpha}+\\p{Punct}", text: "abc!", matches: true },
    { pattern: "[\\p{Digit}_]+", text: "1_2", matches: true },
    { pattern: "\\P{Upper}", text: "a", matches: true },
    { pattern: "[a-c[x-z]]+", text: "axz", matches: true },
    { pattern: "[\\s\\S]*x", text: "any\n é\u2028x", matches: true },
    { pattern: "[^\\s]+", text: "no-blank", matches: true },
    { pattern: "\\h+\\x41\\u0042\\0103", text: "\t ABC", matches: true },
    { pattern: "a{2,3}?b", text: "aab", matches: true },
    { pattern: "\\Aab\\z", text: "ab", matches: true },
    { pattern: "(?<year>\\d{4})-x", text: "2026-x", matches: true },
    { pattern: "[]a]+", text: "]a", matches: true },
    { pattern: "5\\d{2}|4..", text: "404", matches: true },
    { pattern: "40", text: "404", matches: false },
    { pattern: "\\ud83d\\ude00[\\uD83D\\uDE00-😂]+", text: "😀😁", matches: true },
  ])("$pattern for $text: $matches", ({ pattern, text, matches }) => {
    expect(javaPattern(pattern).matches(text)).toBe(matches);
  });

  it.each([
    { pattern: "(?=a)b", why: "look-around" },
    { pattern: "(?<!a)b", why: "look-around" },
    { pattern: "(a)\\1", why: "back-reference" },
    { pattern: "(?<n>a)\\k<n>", why: "back-reference" },
    { pattern: "a++", why: "possessive" },
    { pattern: "a{2}+", why: "possessive" },
    { pattern: "(?>a)", why: "atomic" },
    { pattern: "[a-z&&[^b]]", why: "intersections" },
    { pattern: "\\p{IsGreek}", why: "are supported" },
    { pattern: "(", why: "not closed" },
    { pattern: "[a", why: "not closed" },
    { pattern: "a)", why: "has no matching" },
    { pattern: "\\", why: "lone backslash" },
    { pattern: "\\y", why: "is not a valid escape" },
    { pattern: "a{x", why: "must begin a count" },
    { pattern: "x".repeat(3000), why: "the limit is 2048" },
  ])("$pattern is refused: $why", ({ pattern, why }) => {
    expect(() => javaPattern(pattern)).toThrow(PatternError);
    expect(() => javaPattern(pattern)).toThrow(why);
  });
});
