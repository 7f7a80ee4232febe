import { expect, it } from "vitest";
import { ModelRegistry } from "./model-registry.ts";
import { LOOP_STEPS, TooManySteps } from "./pattern-budget.ts";

function checkOf(pattern: string) {
  const schema = JSON.stringify({ type: "array", items: { type: "string", pattern } });
  const models = new Map([["M", { name: "M", contentType: "application/json", schema }]]);
  const compiled = new ModelRegistry("api", models).compile("M");
  if (!compiled.ok) throw new Error(compiled.fact.message);
  return compiled.check;
}

let seed = 1;
const letter = () => ((seed = (seed * 48_271) % 2_147_483_647) % 2 === 0 ? "a" : "b");
const randomText = (length: number) => Array.from({ length }, letter).join("");
const body = (count: number, length: number) =>
  JSON.stringify(Array.from({ length: count }, () => `${randomText(length - 901)}a${randomText(900)}`));

function cpuMsOf(run: () => void): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

it("adds up what all strings of a body cost against a pattern", () => {
  const check = checkOf("^[ab]*a[ab]{900}$");
  expect(() => check(body(1, 902), LOOP_STEPS)).not.toThrow();
  expect(cpuMsOf(() => expect(() => check(body(50, 1_001), LOOP_STEPS)).toThrow(TooManySteps))).toBeLessThan(
    1_000,
  );
});

it("begins again with each body", () => {
  const check = checkOf("^[ab]*a[ab]{900}$");
  for (let i = 0; i < 5; i++) expect(() => check(body(1, 902), LOOP_STEPS)).not.toThrow();
});

it("ends by the clock of the processor beside the event loop", () => {
  const check = checkOf("^[ab]*a[ab]{900}$");
  let problem: string | undefined;
  expect(cpuMsOf(() => (problem = check(body(200, 5_000))))).toBeLessThan(8_000);
  expect(problem).toBe("[the body cannot be validated: its patterns take too long]");
});

it.each([
  {
    what: "identifiers",
    pattern: "^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    text: "01234567-89ab-cdef-0123-456789abcdef",
    count: 300,
  },
  { what: "addresses", pattern: "^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$", text: "ada@example.com", count: 1_000 },
  { what: "dates", pattern: "^\\d{4}-\\d{2}-\\d{2}$", text: "2026-11-29", count: 5_000 },
  { what: "counts", pattern: "^[a-z]{1,256}$", text: "a".repeat(256), count: 5 },
  {
    what: "words",
    pattern: `^(?:${Array.from({ length: 250 }, (_, i) => `word${i}`).join("|")})$`,
    text: "word249",
    count: 50,
  },
])("leaves room for what models are made of: $what", ({ pattern, text, count }) => {
  const check = checkOf(pattern);
  expect(check(JSON.stringify(Array.from({ length: count }, () => text)), LOOP_STEPS)).toBeUndefined();
});
