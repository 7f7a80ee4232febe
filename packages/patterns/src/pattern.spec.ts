import { describe, expect, it } from "vitest";
import { javaPattern } from "./java.ts";
import { PatternError } from "./syntax.ts";

describe("what a match may cost", () => {
  it("a text that is too long for a large pattern is refused, before it is read", () => {
    const pattern = javaPattern("(?:a|b)*a(?:a|b){500}c");
    const long = "ab".repeat(500_000);
    expect(() => pattern.matches(long)).toThrow(PatternError);
    expect(() => pattern.test(long)).toThrow("is too long");
    expect(pattern.matches(`a${"b".repeat(500)}c`)).toBe(true);
  });

  it("to find all matches ends, where each of them has to look at the whole text", () => {
    const text = "a".repeat(100_000);
    const before = process.threadCpuUsage();
    expect(() => [...javaPattern("(?:a*b)|a").find(text)]).toThrow("takes too long");
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(2_000);
  });

  it("patterns that need not look further are found in any number", () => {
    expect([...javaPattern("[^a-z]").find("a,".repeat(200_000))]).toHaveLength(200_000);
    expect([...javaPattern("\\s+").find("a  ".repeat(100_000))]).toHaveLength(100_000);
  });
});
