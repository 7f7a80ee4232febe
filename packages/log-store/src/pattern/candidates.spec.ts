import { describe, expect, it } from "vitest";
import { compilePattern } from "./compile-pattern.ts";

/** Between events, what is read together has other bytes: also those that mean something in JSON. */
const BETWEEN = Buffer.from([0x22, 0x5c, 0x7b, 0x00, 0xff, 0x22, 0x3a]);

/** Those of several events that a pattern decodes. */
function decoded(pattern: string, events: readonly string[]): readonly string[] {
  const { candidates } = compilePattern(pattern) ?? {};
  const parts = events.map((event) => Buffer.from(event));
  const bytes = Buffer.concat(parts.flatMap((part) => [BETWEEN, part]));
  if (!candidates) return events;
  const mayMatch = candidates(bytes);
  let at = 0;
  return events.filter((_event, i) => {
    const from = at + BETWEEN.length;
    at = from + (parts[i] as Buffer).length;
    return mayMatch?.(from, at) === true;
  });
}

const EVENTS = {
  slow: '{"ms":1200,"status":"502","path":"/a"}',
  quick: '{"ms": 3 ,"status" : "200","path":"/b"}',
  text: '{"ms":"1200","status":502}',
  nested: '{"in":{"ms":1e9,"status":"502"},"list":[{"ms":7}]}',
  escaped: '{"m\\u0073":1200,"status":"5\\u003002"}',
  constants: '{"ms":null,"ok":true}',
  cut: '{"ms":120',
  plain: 'ms 1200 "ms"',
  other: "[]",
};
const all = Object.values(EVENTS);

describe("an event is not decoded", () => {
  it.each<[string, readonly (keyof typeof EVENTS)[]]>([
    ["1200", ["slow", "text", "escaped", "plain"]],
    ["1200 status", ["slow", "quick", "text", "nested", "escaped"]],
    ["nowhere", []],
    ["{ $.ms > 1000 }", ["slow", "nested", "escaped"]],
    ["{ $.ms = 7 }", ["nested", "escaped"]],
    ['{ $.status = "502" }', ["slow", "nested", "escaped"]],
    ['{ $.status = "5*" }', ["slow", "text", "nested", "escaped"]],
    ['{ $.status != "502" }', ["quick", "escaped"]],
    ["{ $.ms IS NULL }", ["constants", "escaped"]],
    ["{ $.in = 1 }", ["nested", "escaped"]],
    ['{ $.ms > 1000 && $.path = "/b" }', ["slow", "nested", "escaped"]],
    ['{ $.ok IS TRUE || $.path = "/b" }', ["quick", "constants", "escaped"]],
  ])("that %s cannot match", (pattern, expected) => {
    const wanted = expected.map((name) => EVENTS[name]);
    expect(decoded(pattern, all).toSorted()).toEqual(wanted.toSorted());
  });

  it.each([
    "?1200 ?other",
    "-1200",
    "%12..%",
    "[a, b]",
    "{ $.ms NOT EXISTS }",
    "{ $.list[0] = 1 }",
    "{ $.a = %x% }",
  ])("only where that can be told: not with %s", (pattern) => {
    expect(compilePattern(pattern)?.candidates).toBeUndefined();
  });
});

it.each([
  ["the text of a value", '{ $.status = "502" }', true],
  ["the name of a member", "{ $.none > 1 }", true],
  ["neither, as it is there", '{ $.status = "200" }', false],
])("what is read together is not looked at where it does not have %s", (_what, pattern, isNone) => {
  const bytes = Buffer.concat([BETWEEN, Buffer.from(EVENTS.quick), BETWEEN, Buffer.from('{"a":"\\n\\""}')]);
  const { candidates } = compilePattern(pattern) ?? {};
  expect(candidates?.(bytes) === undefined).toBe(isNone);
  expect(candidates?.(Buffer.concat([bytes, Buffer.from(EVENTS.escaped)]))).toBeDefined();
});

describe("whatever matches is decoded", () => {
  const values = [
    '"502"',
    '"5\\u003002"',
    "502",
    "-1.5e3",
    "true",
    "null",
    '["502"]',
    '{"status":"502"}',
    '""',
  ];
  const names = ["status", "stat\\u0075s", "ms", "ünï"];
  const conditions = [
    '$.status = "502"',
    "$.status = 5*",
    "$.status > 1",
    "$.status < 0",
    "$.status IS NULL",
    '$.status != "x"',
    '$.in.status = "502"',
    '$.ünï = "502"',
    "$.ms = 502",
  ];
  const events = names.flatMap((name) =>
    values.flatMap((value) => [`{"${name}":${value}}`, ` { "in" : {"${name}" : ${value} , "x":1}}`]),
  );
  const patterns = [
    ...conditions,
    ...conditions.flatMap((a) => conditions.flatMap((b) => [`${a} && ${b}`, `${a} || ${b}`])),
  ];

  it("by any of many conditions", () => {
    for (const condition of patterns) {
      const pattern = `{ ${condition} }`;
      const matches = events.filter((event) => compilePattern(pattern)?.matches(event));
      const found = new Set(decoded(pattern, events));
      expect(
        matches.filter((event) => !found.has(event)),
        pattern,
      ).toEqual([]);
    }
  });
});
