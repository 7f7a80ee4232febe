import { describe, expect, it } from "vitest";
import { JsonSyntaxError, parseJson } from "./json.ts";
import { JavaDouble, JavaList, textOf } from "./value.ts";

let seed = 7;
const upTo = (limit: number) => (seed = (seed * 48_271) % 2_147_483_647) % limit;
const digits = (length: number) => Array.from({ length }, () => upTo(10)).join("");

/** The same as JSON.parse gives it; fractions as numbers. */
function plain(value: unknown): unknown {
  if (value instanceof JavaDouble) return value.value;
  if (value instanceof JavaList) return value.items.map(plain);
  return value instanceof Map ? Object.fromEntries([...value].map(([k, v]) => [k, plain(v)])) : value;
}

describe("JSON", () => {
  it("has the fractions that JavaScript has, however many digits they are written with", () => {
    for (let i = 0; i < 20_000; i++) {
      const text = `${upTo(2) ? "-" : ""}${upTo(9) + 1}${digits(upTo(12))}.${digits(upTo(12) + 1)}${upTo(5) ? "" : `e${upTo(40) - 20}`}`;
      expect((parseJson(text) as JavaDouble).value, text).toBe(Number(text));
    }
    for (const text of ["0.0", "-0.0", "0.000001", "123456789012.345", "9007199254740993.5", "0.1"])
      expect((parseJson(text) as JavaDouble).value, text).toBe(Number(text));
  });

  it.each([
    ["10.50", "10.5"],
    ["-0.0", "-0.0"],
    ["-0", "0"],
    ["12345678.0", "1.2345678E7"],
    ["0.1234567890123456789", "0.1234567890123456789"],
    ["9007199254740993", "9007199254740993"],
  ])("%s prints as %s", (text, printed) => {
    expect(textOf(parseJson(text))).toBe(printed);
  });

  it.each(["1.", "1.e5", "1.5.5", "01.5", "-.5", ".5", "1.5e", "[1.5 1]", "1.5x"])(
    "%s is not JSON",
    (text) => {
      expect(() => parseJson(text)).toThrow(JsonSyntaxError);
    },
  );

  it("has members whose names differ, whatever their names have in common", () => {
    const names = Array.from({ length: 3_000 }, (_, i) => (i % 3 ? `n${i}` : digits(upTo(12) + 1)));
    for (const pad of ["", " ", "\n\t"])
      for (let from = 0; from < names.length; from += 30) {
        const members = names
          .slice(from, from + 30)
          .map((name, i) => `"${name}"${pad}:${pad}[{"${name}":${i}}]`);
        const text = `{${pad}${members.join(`${pad},${pad}`)}${pad}}`;
        expect(plain(parseJson(text))).toEqual(JSON.parse(text));
      }
  });

  it("has names with escapes, of no and of many characters, and of characters of all kinds", () => {
    const text =
      '{"":1,"a\\"b":2,"a\\u0062":3,"naïve":4,"日本":5,"a name longer than those that are kept":6,"ab":7}';
    expect(plain(parseJson(text))).toEqual(JSON.parse(text));
    expect(plain(parseJson('{"a":1,"a":2}'))).toEqual({ a: 2 });
  });

  it.each([
    ['{"a"}', 5],
    ['{"a":1,}', 8],
    ['{"a":1 "b":2}', 8],
    ['{"a', 4],
    ['{"a\n":1}', 4],
    ['{"a":1', 7],
    ["{a:1}", 2],
    ["[1,]", 4],
  ])("%s is not JSON at character %i", (text, at) => {
    expect(() => parseJson(text)).toThrow(`not JSON at character ${at}`);
  });
});
