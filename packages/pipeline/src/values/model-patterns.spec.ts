import { expect, it } from "vitest";
import { MatchTimeout, withinMatchTime } from "@tollgate/patterns";
import { performBodyWork } from "./body-work.ts";
import { ModelRegistry } from "./model-registry.ts";

function checkOf(pattern: string) {
  const schema = JSON.stringify({ type: "array", items: { type: "string", pattern } });
  const models = new Map([["M", { name: "M", contentType: "application/json", schema }]]);
  const compiled = new ModelRegistry("api", models).compile("M");
  if (!compiled.ok) throw new Error(compiled.fact.message);
  return compiled.check;
}

/** What there is on an event loop. */
const LOOP_MS = 4;

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

const MANY_STATES = "^[ab]*a[ab]{900}$";

it("adds up what all strings of a body cost against a pattern", () => {
  const check = checkOf(MANY_STATES);
  const text = body(50, 1_001);
  const large = () => withinMatchTime(LOOP_MS, () => check(text));
  // 4 ms; to its end, the body takes 1,000.
  expect(cpuMsOf(() => expect(large).toThrow(MatchTimeout))).toBeLessThan(200);
});

it("begins again with each body", () => {
  const check = checkOf("^[a-z]{3}$");
  const text = JSON.stringify(Array.from({ length: 500 }, () => "abc"));
  for (let i = 0; i < 50; i++) expect(withinMatchTime(LOOP_MS, () => check(text))).toBeUndefined();
});

it("ends by the clock of the processor beside the event loop, and says so", () => {
  const schema = JSON.stringify({ type: "array", items: { type: "string", pattern: MANY_STATES } });
  const models = new Map([["M", { name: "M", contentType: "application/json", schema }]]);
  const work = { text: body(200, 5_000), model: { name: "M", apiId: "api", key: "k", models } };
  let problem: string | undefined;
  // To its end, the body takes 25 s.
  expect(cpuMsOf(() => (problem = performBodyWork(work, 100).validationError))).toBeLessThan(2_000);
  expect(problem).toBe("[the body cannot be validated: patterns take longer than 100 ms]");
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
  const checked = () => check(JSON.stringify(Array.from({ length: count }, () => text)));
  // The first body finds the states.
  expect(withinMatchTime(60_000, checked)).toBeUndefined();
  expect(withinMatchTime(LOOP_MS * 5, checked)).toBeUndefined();
});
