import { describe, expect, it } from "vitest";
import { ecmaPattern } from "./ecma.ts";
import { javaPattern } from "./java.ts";
import { literalOf, requiredText } from "./required-text.ts";

const required = (source: string) => requiredText(javaPattern(source).translated);

describe("a text that a pattern needs", () => {
  it.each<[pattern: string, has: string, lacks: string]>([
    ["union\\s+select", "select", "union"],
    ["(?i)union\\s+select", "SeLeCt", "union"],
    ["^/v[0-9]+/internal(/|$)", "/internal", "/interna"],
    ["a{3}bcd", "bcd", "aaa"],
    ["x?yz+", "yz", "xz"],
    ["\\$\\{jndi:", "${jndi:", "jndi:"],
    ["(?:ab|cd)efg", "efg", "ab"],
    ["(?<name>a(b)cd)?efg", "efg", "cd"],
    ["(?s:.)(?m:^ab(c)de)?fgh", "fgh", "de"],
    ["[ab]xy[^c]", "xy", "x"],
    ["é€", "é€", "é"],
    [`${"a".repeat(25)}b+c`, `${"a".repeat(25)}b`, `${"a".repeat(24)}b${"a".repeat(40)}`],
    [`(?i)${"a".repeat(25)}b+c`, `${"aA".repeat(13)}B`, `${"a".repeat(24)}b${"a".repeat(40)}`],
  ])("%s", (pattern, has, lacks) => {
    const isIn = required(pattern);
    expect([isIn?.(`..${has}..`), isIn?.(lacks)]).toEqual([true, false]);
  });

  it.each(["a|bc", "(abc)?", "[abc]+", "a*b?", ".", "\\d\\d", "(?:abc){0,2}x", "ab{0}"])(
    "none in %s",
    (pattern) => {
      expect(required(pattern)).toBeUndefined();
    },
  );
});

describe("a text that is all that a pattern means", () => {
  it.each<[pattern: string, is: string, isNot: string]>([
    ["abc", "abc", "ABC"],
    ["(?i)ab-3", "aB-3", "ab-4"],
    ["(?:a\\.b)", "a.b", "axb"],
    ["(?i:ab1é)", "aB1é", "ab1É"],
    ["é😀", "é😀", "É😀"],
    ["a", "a", "b"],
  ])("%s", (pattern, is, isNot) => {
    const literal = literalOf(javaPattern(pattern).translated);
    expect([literal?.is(is), literal?.isIn(`x${is}x`), literal?.is(isNot)]).toEqual([true, true, false]);
  });

  it.each(["", "^a", "a$", "(a)", "a+", "a|b", ".", "[ab]", "(?i)a|b", "(?:a)(?:b)", "\\ud83d"])(
    "there is none of %s",
    (pattern) => {
      expect(literalOf(javaPattern(pattern).translated)).toBeUndefined();
    },
  );

  it("ECMAScript's group for any case has one where its letters have two cases", () => {
    expect(literalOf(ecmaPattern("(?i:ab)").translated)?.is("aB")).toBe(true);
    // ſ and the sign of Kelvin match s and k.
    expect(literalOf(ecmaPattern("(?i:as)").translated)).toBeUndefined();
  });
});
