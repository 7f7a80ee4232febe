import { describe, expect, it } from "vitest";
import { ecmaPattern } from "./ecma.ts";
import { withinMatchTime } from "./match-time.ts";
import { PatternError } from "./syntax.ts";

describe("ECMAScript's patterns", () => {
  it.each([
    { pattern: "^[^]$", yes: ["\n", "x"], no: ["", "xy"] },
    { pattern: "[]", yes: [], no: ["", "x"] },
    { pattern: "^.$", yes: ["x", "é", "😀", "\u0085"], no: ["\n", "\r", "\u2028"] },
    { pattern: "^\\s$", yes: [" ", "\u00a0", "\ufeff", "\u3000", "\v"], no: ["x", "\u200b"] },
    { pattern: "^[^\\s]$", yes: ["x", "\u200b"], no: ["\u00a0"] },
    { pattern: "^[\\S]$", yes: ["x"], no: [" ", "\u2003"] },
    { pattern: "^\\cA\\x41\\u0042\\0$", yes: ["\u0001AB\0"], no: ["AB"] },
    { pattern: "^\\ud83d\\ude00$", yes: ["😀"], no: ["\ud83d"] },
    { pattern: "^[\\ud83d\\ude00-\\ud83d\\ude02]$", yes: ["😁"], no: ["😃"] },
    { pattern: "^[\\w-]+$", yes: ["a-b"], no: ["a.b"] },
    { pattern: "^[\\d-x]$", yes: ["-", "x", "5"], no: ["a"] },
    { pattern: "^[\\b]$", yes: ["\b"], no: ["b"] },
    { pattern: "^a{,2}$", yes: ["a{,2}"], no: ["aa"] },
    { pattern: "^{}]$", yes: ["{}]"], no: [""] },
    { pattern: "^\\/\\-\\_\\@$", yes: ["/-_@"], no: [""] },
    { pattern: "^(?<year>\\d{4})-(?:0[1-9]|1[0-2])$", yes: ["2026-11"], no: ["2026-13"] },
    { pattern: "^(?i:get|put)$", yes: ["GeT"], no: ["post"] },
    { pattern: "^[a-z]{1,2048}$", yes: ["a".repeat(2048)], no: ["a".repeat(2049), ""] },
    { pattern: "^(?:ab){1500,}$", yes: ["ab".repeat(1600)], no: ["ab".repeat(1499)] },
  ])("$pattern", ({ pattern, yes, no }) => {
    const compiled = ecmaPattern(pattern);
    // The first texts find the states of the pattern.
    withinMatchTime(60_000, () => {
      expect(yes.filter((text) => !compiled.test(text))).toEqual([]);
      expect(no.filter((text) => compiled.test(text))).toEqual([]);
    });
  });

  it.each([
    { pattern: "(?=a)", why: "look-around" },
    { pattern: "(a)\\1", why: "back-reference" },
    { pattern: "(?m:^a)", why: "is not supported" },
    { pattern: "\\p{L}", why: "is not supported" },
    { pattern: "a**", why: "nothing to repeat" },
    { pattern: "^*", why: "nothing to repeat" },
    { pattern: "*a", why: "nothing to repeat" },
    { pattern: "a{3,2}", why: "out of order" },
    { pattern: "[z-a]", why: "out of order" },
    { pattern: "[a", why: "is not closed" },
    { pattern: "(a", why: "is not closed" },
    { pattern: "a)", why: "has no matching" },
    { pattern: "(a){2000}", why: "captures is repeated more than 1000 times" },
    { pattern: "a{9999}", why: "the limit is 4500" },
    { pattern: "([a-z]{1,100}){1,50}", why: "repeat" },
  ])("$pattern is refused: $why", ({ pattern, why }) => {
    expect(() => ecmaPattern(pattern)).toThrow(PatternError);
    expect(() => ecmaPattern(pattern)).toThrow(why);
  });
});
