import { describe, expect, it } from "vitest";
import {
  applyPatch,
  clearable,
  entry,
  flag,
  number,
  type PatchRefusal,
  type PatchRule,
  pathItem,
  refusalA,
  refusalB,
  required,
  text,
  valueItem,
} from "./patch.ts";

type Step = { op: string; path: string; value?: string | null };
const patch = (
  spec: object,
  steps: readonly Step[],
  rules: readonly PatchRule[],
  refusal: PatchRefusal = refusalA,
) => applyPatch(spec, { patchOperations: steps }, { rules, refusal });

describe("a member", () => {
  it.each<[string, PatchRule, object, Step, object]>([
    ["text", text("/name"), { name: "a" }, { op: "replace", path: "/name", value: "" }, { name: "" }],
    [
      "nested text",
      text("/a/b"),
      { a: { c: 1 } },
      { op: "replace", path: "/a/b", value: "x" },
      { a: { b: "x", c: 1 } },
    ],
    ["flag", flag("/on"), {}, { op: "replace", path: "/on", value: "TRUE" }, { on: true }],
    ["flag that is not true", flag("/on"), {}, { op: "replace", path: "/on", value: "yes" }, { on: false }],
    ["number", number("/size"), {}, { op: "replace", path: "/size", value: "1.5" }, { size: 1.5 }],
    ["number without a value", number("/size"), { size: 1 }, { op: "replace", path: "/size", value: "" }, {}],
    ["clearable", clearable("/note"), { note: "x" }, { op: "remove", path: "/note" }, {}],
    [
      "value of a list",
      valueItem("list"),
      { list: ["a"] },
      { op: "add", path: "/list", value: "b" },
      { list: ["a", "b"] },
    ],
    [
      "removed value",
      valueItem("list"),
      { list: ["a", "b"] },
      { op: "remove", path: "/list", value: "a" },
      { list: ["b"] },
    ],
    [
      "item in a path",
      pathItem("list"),
      {},
      { op: "add", path: "/list/image~1png" },
      { list: ["image/png"] },
    ],
    [
      "replaced item",
      pathItem("list"),
      { list: ["a"] },
      { op: "replace", path: "/list/a", value: "b" },
      { list: ["b"] },
    ],
    ["entry", entry("map"), {}, { op: "add", path: "/map/a~1b~0c", value: "x" }, { map: { "a/b~c": "x" } }],
    [
      "removed entry",
      entry("map"),
      { map: { a: "1", b: "2" } },
      { op: "remove", path: "/map/a" },
      { map: { b: "2" } },
    ],
  ])("%s", (_what, rule, before, step, after) => {
    const given = structuredClone(before);
    expect(patch(given, [step], [rule])).toEqual(after);
    // The stored spec is not changed in place.
    expect(given).toEqual(before);
  });

  it("that is required must not be blank", () => {
    expect(() =>
      patch({}, [{ op: "replace", path: "/name", value: "" }], [required("/name", "is blank")]),
    ).toThrow("is blank");
  });

  it("that is a number refuses other strings", () => {
    expect(() => patch({}, [{ op: "replace", path: "/size", value: "big" }], [number("/size")])).toThrow(
      "Invalid value 'big': must be a number",
    );
  });

  it("of a map must exist to be replaced or removed, if its rule says so", () => {
    const rules = [entry("map", { absent: "no such entry" })];
    expect(() => patch({}, [{ op: "remove", path: "/map/a" }], rules)).toThrow("no such entry");
    expect(patch({}, [{ op: "add", path: "/map/a", value: "1" }], rules)).toEqual({ map: { a: "1" } });
  });
});

describe("operations", () => {
  it("are applied in order", () => {
    const steps = [
      { op: "add", path: "/list", value: "b" },
      { op: "remove", path: "/list", value: "a" },
      { op: "add", path: "/list", value: "a" },
    ];
    expect(patch({ list: ["a"] }, steps, [valueItem("list")])).toEqual({ list: ["b", "a"] });
  });

  it("may be empty", () => {
    expect(applyPatch({ a: 1 }, {}, { rules: [], refusal: refusalA })).toEqual({ a: 1 });
  });
});

describe("an operation without a rule", () => {
  const rules = [text("/name"), entry("map")];
  it.each<[PatchRefusal, Step, string]>([
    [
      refusalA,
      { op: "remove", path: "/name" },
      "Invalid patch path  '/name' specified for op 'remove'. Please choose supported operations",
    ],
    [
      refusalA,
      { op: "replace", path: "/colour", value: "x" },
      "Invalid patch path  '/colour' specified for op 'replace'. Must be one of: [/name, /map/{name}]",
    ],
    [
      refusalB,
      { op: "remove", path: "/name" },
      "Invalid patch operation specified. Must be one of: [replace]",
    ],
    [refusalB, { op: "replace", path: "/colour" }, "Invalid patch path /colour"],
    [refusalB, { op: "replace", path: "" }, "Invalid patch path null"],
  ])("%# is refused with the wording of its resource", (refusal, step, message) => {
    expect(() => patch({}, [step], rules, refusal)).toThrow(message);
  });
});
