import { expect, it } from "vitest";
import { javaPattern } from "@tollgate/patterns";
import { javaReplacement } from "./replacement.ts";

it("replacements know groups by number and name, and escapes", () => {
  const replace = (text: string, pattern: string, replacement: string) => {
    const by = javaReplacement(replacement);
    return [...javaPattern(pattern).find(text)].map(({ groups, named }) => by(groups, named)).join(" ");
  };
  expect(replace("ab ab", "(a)(?<x>b)", "${x}$1")).toBe("ba ba");
  expect(replace("a", "a", "\\$1\\\\")).toBe("$1\\");
  expect(() => replace("a", "a", "$1")).toThrow("does not name a group");
});
