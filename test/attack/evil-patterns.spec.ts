import { describe, expect, it } from "vitest";
import { ecmaPattern, javaPattern } from "@tollgate/patterns";
import { evilPatterns } from "./evil-patterns.ts";
import { firstMatchMs } from "./match-times.ts";

const CHARS = 100_000;
const MATCH_MAX_MS = 5;

describe.each([
  ["Java's", javaPattern],
  ["ECMAScript's", ecmaPattern],
])("%s patterns that explode elsewhere", (_, compile) => {
  it("the first match in 100 KB takes at most 5 ms of the processor, for each of 50 patterns", () => {
    expect(evilPatterns.length).toBeGreaterThanOrEqual(50);
    const slow = evilPatterns
      .map((evil) => ({ ...evil, ms: firstMatchMs(evil, compile, CHARS, MATCH_MAX_MS) }))
      .filter(({ ms }) => ms > MATCH_MAX_MS);
    expect(slow).toEqual([]);
  });
});
