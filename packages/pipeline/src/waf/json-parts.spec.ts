import { describe, expect, it } from "vitest";
import { type JsonChoice, jsonParts, pointerSteps } from "./json-parts.ts";

const parts = (text: string, pointers?: readonly string[], scope: JsonChoice["scope"] = "ALL") =>
  jsonParts(Buffer.from(text).toString("latin1"), { pointers: pointers?.map(pointerSteps), scope });
const bytes = (text: string) => Buffer.from(text).toString("latin1");

describe("keys and values of a JSON text", () => {
  it.each<[string, readonly string[], string]>([
    ['{"a":[1,{"b":"c"},[]],"d":{}}', ["a", "1", "b", "c", "d"], "valid"],
    ['{"a":1,"a":2}', ["a", "1", "a", "2"], "valid"],
    [" null ", ["null"], "valid"],
    ['["x" "y"]', ["x"], "wrong"],
    ['["\\x"]', [], "wrong"],
    ['["\\u12"]', [], "wrong"],
    ['["x"]]', ["x"], "wrong"],
    ['["x"', ["x"], "ended"],
    ['{"a":"evil and mo', ["a", "evil and mo"], "ended"],
    ['{"a":"evil\\u00', ["a", "evil\\u00"], "ended"],
    ['{"a":"evil\\', ["a", "evil"], "ended"],
    ['{"evil ke', ["evil ke"], "ended"],
    ["[tru", [], "ended"],
    ["[1.", [], "ended"],
    ["", [], "ended"],
  ])("%s", (text, texts, state) => {
    expect(parts(text)).toEqual({ texts, state });
  });

  it("are bytes, however they are written", () => {
    for (const text of ['"é€😀"', '"\\u00e9\\u20ac\\ud83d\\ude00"', '"é\\u20ac😀"'])
      expect(parts(text).texts).toEqual([bytes("é€😀")]);
  });

  it("are chosen by pointers and scope", () => {
    const text = '{"a":{"b":["x",{"c":"y"}]},"b":"z","":"e"}';
    expect(parts(text, ["/a/b/1"]).texts).toEqual(["c", "y"]);
    expect(parts(text, ["/a/b"], "VALUE").texts).toEqual(["x", "y"]);
    expect(parts(text, ["/a/b"], "KEY").texts).toEqual(["b", "c"]);
    expect(parts(text, ["/b", "/a/b/0"]).texts).toEqual(["x", "b", "z"]);
    expect(parts(text, ["/"]).texts).toEqual(["", "e"]);
    expect(parts('{"a":{"x":"evil', ["/a"], "VALUE").texts).toEqual(["evil"]);
    expect(parts('{"a":{"x":"evil', ["/b"], "VALUE").texts).toEqual([]);
  });

  it("are found at every depth", () => {
    const depth = 20_000;
    const text = `{"a":${"[".repeat(depth)}${"]".repeat(depth)},"b":"evil"}`;
    expect(parts(text, undefined, "VALUE")).toEqual({ texts: ["evil"], state: "valid" });
  });
});
