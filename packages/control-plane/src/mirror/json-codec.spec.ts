import { describe, expect, it } from "vitest";
import { Sealer } from "../secret/sealer.ts";
import { JsonCodec } from "./json-codec.ts";

const sealer = new Sealer([Buffer.alloc(32, 1)]);
const sealed = (text: string) => sealer.seal(text, "here");

const values: readonly unknown[] = [
  {},
  { a: [] },
  { a: "", b: 0, c: true, d: false, e: null, f: [1, "2", [3], {}] },
  { name: "ö €".repeat(200), n: -1.5e300, big: Number.MAX_SAFE_INTEGER, __proto: 1, 'odd " name': "x" },
  { value: sealed("secret"), times: [1_795_990_000_000, 0.1] },
  { value: sealed("a much longer secret with ö"), other: sealed("") },
  // These only look like sealed secrets: they must come back as they were.
  { value: "tollgate-sealed:v2:" },
  { value: "tollgate-sealed:v2:0011223:not base64 at all" },
  { value: "tollgate-sealed:v1:00112233:AAAA" },
  { value: "tollgate-sealed:v2:00112233:" },
  ...["AAA", "A===", "AB==", "AAB=", "AA-_", "A A=", "****", "AAAAA", "ö€ö€"].map((data) => ({
    value: `tollgate-sealed:v2:00112233:${data}`,
  })),
  { value: "tollgate-sealed:v2:öö112233:AAAA" },
  { value: "half a pair: \ud800", "\udc00": "tollgate-sealed:v2:\ud8000112233:AAAA" },
  "only a text",
  7,
  null,
  ["a", { "x]": "s" }, "x"],
];

describe("JsonCodec", () => {
  it("returns every value as it was, whatever forms it has met", () => {
    const codec = new JsonCodec();
    const encoded = values.map((value) => Buffer.concat([Buffer.from("head"), codec.encode(value as never)]));
    expect(encoded.map((bytes) => codec.decode(bytes, 4))).toEqual(values);
  });

  it("tells forms apart whose members or constants differ", () => {
    const codec = new JsonCodec();
    const alike = [
      { a: true },
      { a: false },
      { a: null },
      { b: true },
      { a: [true] },
      { a: { true: true } },
      [{}],
      [[]],
    ];
    const encoded = alike.map((value) => Buffer.from(codec.encode(value as never)));
    expect(encoded.map((bytes) => codec.decode(bytes, 0))).toEqual(alike);
  });

  it("needs little more than the texts and numbers of a value", () => {
    const codec = new JsonCodec();
    const value = { createdUnixMs: 1, spec: { enabled: true, name: "key 1", value: sealed("x".repeat(20)) } };
    const json = JSON.stringify(value).length;
    expect(codec.encode(value).length).toBeLessThan(json * 0.65);
  });

  it("keeps values as text when there are too many forms, which bounds what it remembers", () => {
    const codec = new JsonCodec();
    const many = Array.from({ length: 5_000 }, (_, i) => ({ [`member${i}`]: "text", n: i }));
    const encoded = many.map((value) => Buffer.from(codec.encode(value)));
    expect(encoded.map((bytes) => codec.decode(bytes, 0))).toEqual(many);
    expect(encoded[4_999]?.toString()).toContain("member4999");
    expect(encoded[0]?.toString()).not.toContain("member0");
  });

  it("keeps values of a long form as text, which bounds it too", () => {
    const codec = new JsonCodec();
    const value = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${"x".repeat(100)}${i}`, "tag"]));
    const encoded = Buffer.from(codec.encode(value));
    expect(codec.decode(encoded, 0)).toEqual(value);
    expect(encoded.toString()).toContain(Object.keys(value).at(-1));
  });
});
