import { expect, it } from "vitest";
import { lookupsOfText } from "./lookups-of-text.ts";

const of = (text: string) => lookupsOfText(Buffer.from(text));

it("finds the lookups that a text ends with, and what precedes them", () => {
  const text = '{"spec":{"name":"ö"},"lookups":["0011aabb:AbC-_","22:x"]}';
  const found = of(text);
  expect(found?.lookups).toEqual(["0011aabb:AbC-_", "22:x"]);
  expect(Buffer.from(text).subarray(0, found?.at).toString()).toBe('{"spec":{"name":"ö"}');
});

it.each([
  ["there are none", '{"spec":{}}'],
  ["they are empty", '{"spec":{},"lookups":[]}'],
  ["they are not the last member", '{"spec":{},"lookups":["a:b"],"format":4}'],
  ["they belong to a part", '{"spec":{"value":1,"lookups":["a:b"]}}'],
  ["they are in a text", String.raw`{"spec":{"name":",\"lookups\":[\"a:b\"]}"}}`],
  ["they have escapes", String.raw`{"spec":{},"lookups":["a\u003ab"]}`],
  ["they are the only member", '{"lookups":["a:b"]}'],
])("finds none where %s", (_what, text) => {
  expect(of(text)).toBeUndefined();
});
