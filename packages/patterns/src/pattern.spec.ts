import { describe, expect, it } from "vitest";
import { javaPattern } from "./java.ts";
import { Allowance, MATCH_MAX_MS, MatchTimeout, withinMatchTime } from "./match-time.ts";
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
    const text = randomText(1_000_000);
    // 50 ms each; to its end, a match would take seconds.
    expect(cpuMsOf(() => expect(() => manyStates.matches(text)).toThrow(MatchTimeout))).toBeLessThan(500);
    expect(cpuMsOf(() => expect(() => manyStates.test(`${text}c`)).toThrow(PatternError))).toBeLessThan(500);
    expect(manyStates.matches(`a${"b".repeat(500)}c`)).toBe(true);
  });

  it.each(["alone", "within the time of a template"])(
    "texts that are slow, sent again and again, cost less and less: %s",
    (where) => {
      const pattern = javaPattern("(?:a|b)*a(?:a|b){600}c");
      const texts = Array.from({ length: 30 }, () => `${randomText(20_000)}c`);
      const all = () => {
        for (const text of texts) {
          const match = () => pattern.test(text);
          expect(() => (where === "alone" ? match() : withinMatchTime(MATCH_MAX_MS, match))).toThrow(
            MatchTimeout,
          );
        }
      };
      // 1,500 ms if each had the same time; 50, 25, 12 ... and 2 for each of the others.
      expect(cpuMsOf(all)).toBeLessThan(1_000);
      expect(pattern.matches(`a${"b".repeat(600)}c`)).toBe(true);
    },
  );

  it("a text that is longer than headers may be has little time alone, and takes none of that of others", () => {
    // All of its 900 states are found one after the other: 100 ms, and each character costs all of its steps until then.
    const pattern = javaPattern("^(?:a{2,30}){2,30}$");
    const long = `${"a".repeat(99_999)}!`;
    for (let i = 0; i < 3; i++)
      expect(
        cpuMsOf(() => expect(() => pattern.test(long)).toThrow("patterns take longer than 2 ms")),
      ).toBeLessThan(50);
    expect(pattern.test("a".repeat(120))).toBe(true);
  });

  it("what a pattern may take is halved when it is used up, and comes back", () => {
    let nowMs = 0;
    const allowance = new Allowance(() => nowMs);
    expect(allowance.ms).toBe(MATCH_MAX_MS);
    allowance.usedUp(4);
    allowance.usedUp(MATCH_MAX_MS);
    allowance.usedUp(MATCH_MAX_MS / 2);
    expect(allowance.ms).toBe(MATCH_MAX_MS / 4);
    nowMs = 1_000;
    expect(allowance.ms).toBe(MATCH_MAX_MS / 2);
    for (let i = 0; i < 10; i++) allowance.usedUp(MATCH_MAX_MS);
    expect(allowance.ms).toBe(2);
    nowMs = 60_000;
    expect(allowance.ms).toBe(MATCH_MAX_MS);
  });

  it("a long text is matched where the pattern needs few states", () => {
    const text = `${"x".repeat(30_000)}555-1234`;
    const pattern = javaPattern(".*(?:red|green|blue|[0-9]{3}-[0-9]{4}).*");
    expect(withinMatchTime(60_000, () => pattern.matches(text))).toBe(true);
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

  it.each([
    { pattern: "^a+$", yes: "a", no: "b" },
    { pattern: "^(?:[a-c]|a|b)+$", yes: "abc", no: "abd" },
    { pattern: "(?i)^A+$", yes: "a", no: "b" },
    { pattern: "(?:^a+$)", yes: "a", no: "b" },
    { pattern: "\\Aa+\\z", yes: "a", no: "b" },
    { pattern: "(?m)^ab$", yes: "ab\n", no: "abc\n" },
    { pattern: "^b+|ab$", yes: "ab", no: "bbba".repeat(2).replace(/^b+/, "") },
    { pattern: "^[a-z]+-[a-z]+$", yes: "a", no: "ab" },
  ])("a long text is matched as a short one is: $pattern", ({ pattern, yes, no }) => {
    const compiled = javaPattern(pattern);
    for (const unit of [yes, no])
      for (const end of ["", "a", "b", "-a", "\n"]) {
        const short = unit.repeat(20) + end;
        const long = unit.repeat(20_000) + end;
        expect([end, compiled.test(long), compiled.matches(long)]).toEqual([
          end,
          compiled.test(short),
          compiled.matches(short),
        ]);
      }
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
    ).toBeLessThan(500);
  });

  it("patterns that need not look further are found in any number", () => {
    expect([...javaPattern("[^a-z]").find("a,".repeat(200_000))]).toHaveLength(200_000);
    expect([...javaPattern("\\s+").find("a  ".repeat(100_000))]).toHaveLength(100_000);
  });
});
