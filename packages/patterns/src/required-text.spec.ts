import { describe, expect, it } from "vitest";
import { javaPattern } from "./java.ts";
import { requiredText } from "./required-text.ts";

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
    [`${"a".repeat(250)}b${"a".repeat(250)}`, "a".repeat(16), "a".repeat(15)],
    [`(?i)${"a".repeat(250)}b${"a".repeat(250)}`, "aA".repeat(8), "a".repeat(15)],
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
