import fc from "fast-check";
import { expect, it } from "vitest";
import { ecmaPattern } from "./ecma.ts";
import { javaPattern } from "./java.ts";

// V8 is the reference, for patterns that mean the same in Java, in ECMAScript and to V8 with the flag for whole characters. They are short, and
// so are the texts: V8 may go back as it likes.
const character = fc.constantFrom("a", "b", "c", "0", "9", "_", " ", "\n", "é", "😀");
const atom = fc.oneof(
  fc.constantFrom(
    "a",
    "b",
    "c",
    "0",
    "_",
    " ",
    "é",
    "😀",
    "\\.",
    "\\n",
    "\\x61",
    "\\u00e9",
    "\\d",
    "\\D",
    "\\w",
    "\\W",
  ),
  fc.constantFrom(
    "[abc]",
    "[^ab]",
    "[a-c0-9]",
    "[\\d_]",
    "[^\\w]",
    "[b-]",
    "[é-ü]",
    "[\\n ]",
    "(?:ab|c)",
    "(?:a|ab)",
    "[^a😀]",
  ),
);
const assertion = fc.constantFrom("^", "$", "\\b", "\\B");
const quantifier = fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "*?", "+?", "??", "{2,}");
const piece = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(atom, quantifier).map(([a, q]) => a + q) },
  { weight: 1, arbitrary: assertion },
);
const sequence = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(""));
const groups = fc
  .tuple(sequence, sequence, fc.constantFrom("", "?", "{1,2}"))
  .map(([a, b, q]) => `(${a}|${b})${q}`);
const pattern = fc.oneof(
  sequence,
  fc.tuple(sequence, sequence).map(([a, b]) => `${a}|${b}`),
  fc.tuple(sequence, groups, sequence).map((parts) => parts.join("")),
);
const text = fc.array(character, { maxLength: 12 }).map((characters) => characters.join(""));

const runs = { numRuns: 1_000 };

it.each([
  { language: "Java's", compile: javaPattern },
  { language: "ECMAScript's", compile: ecmaPattern },
])("$language patterns match as V8 does", ({ compile }) => {
  fc.assert(
    fc.property(pattern, text, (source, given) => {
      // V8 looks at \\B and $ from within surrogate pairs.
      fc.pre(!/\\B|\$/.test(source) || !given.includes("😀"));
      const ours = compile(source);
      expect(ours.test(given)).toBe(new RegExp(source, "u").test(given));
      expect(ours.matches(given)).toBe(new RegExp(`^(?:${source})$`, "u").test(given));
      // ECMAScript, unlike Java, does not repeat a group that matched nothing: which match is found may differ, not whether there is one.
      if (/\)[?{]/.test(source)) return;
      const found = [...ours.find(given)].map(({ index, groups: all }) => [index, all[0]]);
      expect(found).toEqual(
        [...given.matchAll(new RegExp(source, "gu"))].map((match) => [match.index, match[0]]),
      );
    }),
    runs,
  );
});
