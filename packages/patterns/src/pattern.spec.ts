import { describe, expect, it } from "vitest";
import { javaPattern } from "./java.ts";
import { MatchTimeout, withinMatchTime } from "./match-time.ts";
import { PatternError } from "./syntax.ts";

let seed = 1;
const letter = () => ((seed = (seed * 48_271) % 2_147_483_647) % 2 === 0 ? "a" : "b");
const randomText = (length: number) => Array.from({ length }, letter).join("");

function cpuMsOf(run: () => void): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

describe("what a match may cost", () => {
  const manyStates = javaPattern("(?:a|b)*a(?:a|b){500}c");

  it("a match ends that takes too long, and the pattern is as good as before", () => {
    expect(
      cpuMsOf(() => expect(() => manyStates.matches(randomText(1_000_000))).toThrow(MatchTimeout)),
    ).toBeLessThan(250);
    expect(
      cpuMsOf(() => expect(() => manyStates.test(`${randomText(1_000_000)}c`)).toThrow(PatternError)),
    ).toBeLessThan(250);
    expect(manyStates.matches(`a${"b".repeat(500)}c`)).toBe(true);
  });

  it("a long text is matched where the pattern needs few states", () => {
    expect(
      javaPattern(".*(?:red|green|blue|[0-9]{3}-[0-9]{4}).*").matches("x".repeat(30_000) + "555-1234"),
    ).toBe(true);
  });

  it("short matches add up, and those within others take of their time", () => {
    const texts = Array.from({ length: 200 }, () => randomText(15));
    const all = () => {
      for (let i = 0; i < 1_000; i++)
        withinMatchTime(60_000, () => texts.forEach((text) => manyStates.matches(text)));
    };
    expect(cpuMsOf(() => expect(() => withinMatchTime(20, all)).toThrow(MatchTimeout))).toBeLessThan(250);
    expect(() => withinMatchTime(20, () => texts.forEach((text) => manyStates.matches(text)))).not.toThrow();
  });

  it("a run may be given more time, or less", () => {
    const text = randomText(10_000);
    expect(() => withinMatchTime(1, () => manyStates.matches(text))).toThrow(MatchTimeout);
    expect(withinMatchTime(60_000, () => manyStates.matches(text))).toBe(false);
  });

  it("to find all matches ends, where each of them has to look at the whole text", () => {
    const text = "a".repeat(100_000);
    expect(
      cpuMsOf(() => expect(() => [...javaPattern("(?:a*b)|a").find(text)]).toThrow(MatchTimeout)),
    ).toBeLessThan(250);
  });

  it("patterns that need not look further are found in any number", () => {
    expect([...javaPattern("[^a-z]").find("a,".repeat(200_000))]).toHaveLength(200_000);
    expect([...javaPattern("\\s+").find("a  ".repeat(100_000))]).toHaveLength(100_000);
  });
});
