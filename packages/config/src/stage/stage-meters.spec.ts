import { describe, expect, it } from "vitest";
import { parseMemberPath, valueAt } from "../meter/member-path.ts";
import { stageMeters } from "./stage-meters.ts";

const TOKENS = { meter: "custom.tokens", jsonPath: "$.usage.total_tokens" };

const problemsOf = (meters: readonly object[]): readonly string[] =>
  stageMeters.safeParse(meters).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ??
  [];

describe("meters of a stage", () => {
  it("may count several things, and one in several places of different routes", () => {
    const meters = [
      { ...TOKENS, routes: ["POST /chat"] },
      { meter: "custom.tokens", header: "X-Tokens", routes: ["ANY /embed", "$default"] },
      { meter: "custom.gpu-seconds", header: "X-Seconds" },
    ];
    expect(problemsOf(meters)).toEqual([]);
  });

  it.each<[string, readonly object[], RegExp]>([
    [
      "a name that is not one's own",
      [{ ...TOKENS, meter: "rest.request" }],
      /^0\.meter: 'rest\.request' must be custom\. and/,
    ],
    ["capital letters", [{ ...TOKENS, meter: "custom.Tokens" }], /^0\.meter: 'custom\.Tokens' must be/],
    ["no source", [{ meter: "custom.tokens" }], /^0: must have either jsonPath or header/],
    ["two sources", [{ ...TOKENS, header: "X" }], /^0: must have either jsonPath or header/],
    [
      "a path to many values",
      [{ ...TOKENS, jsonPath: "$.usage[*]" }],
      /^0\.jsonPath: '\$\.usage\[\*\]' must be a JSONPath of names and indexes/,
    ],
    ["a path that ends early", [{ ...TOKENS, jsonPath: "$.usage." }], /^0\.jsonPath: '\$\.usage\.' must be/],
    [
      "a path without a root",
      [{ ...TOKENS, jsonPath: "usage.total" }],
      /^0\.jsonPath: 'usage\.total' must be/,
    ],
    ["a whole document", [{ ...TOKENS, jsonPath: "$" }], /^0\.jsonPath: '\$' must be/],
    [
      "no header",
      [{ meter: "custom.tokens", header: "X Tokens" }],
      /^0\.header: must be the name of a header/,
    ],
    ["no route", [{ ...TOKENS, routes: ["/chat"] }], /^0\.routes\.0: must be a method and a path/],
    ["a meter twice of one route", [TOKENS, { ...TOKENS, routes: ["POST /chat"] }], /^1\.meter: /],
  ])("are refused with %s", (_what, meters, problem) => {
    expect(problemsOf(meters)).toEqual([expect.stringMatching(problem)]);
  });
});

describe("a path to one value", () => {
  const document = { a: [{ "b c": 1 }], x: { "y-z": "2", length: 3 } };

  it.each<[string, unknown]>([
    ["$.a[0]['b c']", 1],
    ['$["x"]["y-z"]', "2"],
    ["$.x.y-z", "2"],
    ["$.x.length", 3],
    ["$.a.length", undefined],
    ["$.a[1]", undefined],
    ["$.x[0]", undefined],
    ["$.x.constructor", undefined],
    ["$.x.length.y", undefined],
  ])("%s leads to %s", (path, value) => {
    expect(valueAt(document, parseMemberPath(path) ?? [])).toBe(value);
  });
});
