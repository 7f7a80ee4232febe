import { describe, expect, it } from "vitest";
import { textOf } from "../java/value.ts";
import { JsonBody } from "../template/input.ts";
import { compilePath } from "./evaluate.ts";

const SIX = [2, "a", 4, 5, 100, "nice"];
const KEYS = [{ a: 1, b: 1 }, { a: 1, b: 2 }, { a: null, b: null }, {}];

/** What a path finds, as it is printed; undefined: nothing. */
const found = (path: string, document: unknown) => {
  const value = compilePath(path)(new JsonBody(JSON.stringify(document)).value ?? null);
  return value === undefined ? undefined : textOf(value);
};

describe("a path finds what Jayway's does", () => {
  it.each([
    // Slices with both bounds count from one to the other, over the start.
    ["$[1:3]", SIX, '["a",4]'],
    ["$[-4:1]", SIX, '[4,5,100,"nice",2]'],
    ["$[-8:1]", SIX, '[2,"a",4,5,100,"nice",2]'],
    ["$[-4:-1]", SIX, "[4,5,100]"],
    ["$[3:-2]", SIX, "[]"],
    ["$[-2:]", SIX, '[100,"nice"]'],
    ["$[:2]", SIX, '[2,"a"]'],
    ["$[0:4:2]", SIX, '[2,"a",4,5]'],
    // Names.
    ["$.['a'].['b-c']", { a: { "b-c": 7 } }, "7"],
    ["$.some'key'", { "some'key'": 7 }, "7"],
    ["$.'some.key'", { "some.key": 7 }, undefined],
    // What is not there equals nothing.
    ["$[?(@.a==@.b)].a", KEYS, "[1,null]"],
    ["$[?(@.a!=@.b)].a", KEYS, "[1]"],
    ["$[?(@.a==010)]", [{ a: 10 }, { a: 8 }], '[{"a":10}]'],
  ])("%s of %j", (path, document, wanted) => {
    expect(found(path, document)).toBe(wanted);
  });

  it.each(["$[:]", "$[::2]", "$[2:113667776004]", "$[113667776004]", ""])("%j is refused", (path) => {
    expect(() => compilePath(path)).toThrow();
  });
});
