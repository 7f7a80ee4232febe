import { expect, it } from "vitest";
import {
  added,
  changed,
  clearable,
  flag,
  kept,
  type Members,
  mapsByName,
  merged,
  mergedMaps,
  readMembers,
  structure,
  text,
  texts,
  textsByName,
} from "./members.ts";

const members: Members = {
  name: text(),
  description: text(clearable),
  note: text(kept),
  isOn: flag(),
  scopes: texts(clearable),
  parameters: textsByName(merged),
  templates: textsByName(added),
  responses: mapsByName(mergedMaps),
  settings: structure({ level: text() }),
};
const present = {
  name: "n",
  description: "d",
  note: "x",
  isOn: true,
  scopes: ["a"],
  parameters: { a: "1", b: "2" },
  templates: { t: "1" },
  responses: { "200": { a: "1" }, "404": { b: "2" } },
  settings: { level: "INFO" },
};

it.each<[what: string, given: object, after: object]>([
  ["nothing", {}, {}],
  ["null", { name: null, parameters: null }, {}],
  ["a text", { name: "m" }, { name: "m" }],
  ["an empty text that removes", { description: "" }, { description: undefined }],
  ["an empty text that changes nothing", { note: "" }, {}],
  ["false", { isOn: false }, { isOn: false }],
  ["an empty list", { scopes: [] }, { scopes: undefined }],
  ["an empty map", { parameters: {}, templates: {}, responses: {} }, {}],
  ["entries of a map", { parameters: { a: "", c: "3" } }, { parameters: { b: "2", c: "3" } }],
  ["empty entries that are values", { templates: { u: "" } }, { templates: { t: "1", u: "" } }],
  [
    "entries of maps",
    { responses: { "200": { a: "", c: "3" }, "404": {} } },
    { responses: { "200": { c: "3" } } },
  ],
  ["an object", { settings: { other: 1 } }, { settings: {} }],
])("%s changes a spec", (_what, given, after) => {
  const expected = Object.fromEntries(
    Object.entries({ ...present, ...after }).filter(([, value]) => value !== undefined),
  );
  expect(changed(present, readMembers(given as Record<string, unknown>, members), members)).toEqual(expected);
});

it.each([
  [
    { name: 1 },
    "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
  ],
  [{ isOn: "true" }, "class java.lang.String can not be converted to an Boolean"],
  [{ scopes: "a" }, "class java.lang.String can not be converted to a List"],
  [
    { scopes: [1] },
    "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
  ],
  [{ scopes: [null] }, "a list must not contain null"],
  [
    { parameters: { a: 1 } },
    "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
  ],
  [{ responses: { a: "x" } }, "class java.lang.String can not be converted to a Map"],
  [{ settings: [] }, "class java.util.ArrayList can not be converted to a Map"],
])("%j is refused", (given, message) => {
  expect(() => readMembers(given as Record<string, unknown>, members)).toThrow(message);
});
