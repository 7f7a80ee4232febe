import { describe, expect, it } from "vitest";
import { Sealer } from "../secret/sealer.ts";
import { JsonCodec } from "./json-codec.ts";
import { PackedWriter } from "./packed-bytes.ts";

const sealer = new Sealer([Buffer.alloc(32, 1)]);
const sealed = (text: string) => sealer.seal(text, "here");

/** What a codec makes of a value. */
function encoded(codec: JsonCodec, value: unknown): Buffer {
  const writer = new PackedWriter();
  codec.encode(value as never, writer);
  return writer.bytes;
}

/** The same of JSON text, with how often it had to be parsed. */
function encodedText(codec: JsonCodec, text: string): { readonly bytes: Buffer; readonly parsed: number } {
  const writer = new PackedWriter();
  const bytes = Buffer.from(text);
  let parsed = 0;
  codec.encodeText(bytes, bytes.length - 1, writer, () => {
    parsed++;
    return JSON.parse(text) as never;
  });
  return { bytes: writer.bytes, parsed };
}

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

const objects = values.filter((value) => JSON.stringify(value).startsWith("{"));

describe("JsonCodec", () => {
  it("returns every value as it was, whatever forms it has met", () => {
    const codec = new JsonCodec();
    const all = values.map((value) => Buffer.concat([Buffer.from("head"), encoded(codec, value)]));
    expect(all.map((bytes) => codec.decode(bytes, 4))).toEqual(values);
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
    const all = alike.map((value) => encoded(codec, value));
    expect(all.map((bytes) => codec.decode(bytes, 0))).toEqual(alike);
  });

  it("needs little more than the texts and numbers of a value", () => {
    const codec = new JsonCodec();
    const value = { createdUnixMs: 1, spec: { enabled: true, name: "key 1", value: sealed("x".repeat(20)) } };
    const json = JSON.stringify(value).length;
    expect(encoded(codec, value).length).toBeLessThan(json * 0.65);
  });

  it("keeps values as text when there are too many forms, which bounds what it remembers", () => {
    const codec = new JsonCodec();
    const many = Array.from({ length: 5_000 }, (_, i) => ({ [`member${i}`]: "text", n: i }));
    const all = many.map((value) => encoded(codec, value));
    expect(all.map((bytes) => codec.decode(bytes, 0))).toEqual(many);
    expect(all[4_999]?.toString()).toContain("member4999");
    expect(all[0]?.toString()).not.toContain("member0");
  });

  it("keeps values of a long form as text, which bounds it too", () => {
    const codec = new JsonCodec();
    const value = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${"x".repeat(100)}${i}`, "tag"]));
    const bytes = encoded(codec, value);
    expect(codec.decode(bytes, 0)).toEqual(value);
    expect(bytes.toString()).toContain(Object.keys(value).at(-1));
  });

  describe("of JSON text", () => {
    it.each(objects.map((value) => JSON.stringify(value)))(
      "writes what it writes of the value: %s",
      (text) => {
        const codec = new JsonCodec();
        const value = JSON.parse(text) as unknown;
        const [first, second] = [encodedText(codec, text), encodedText(codec, text)];
        expect([first.parsed, first.bytes, second.bytes]).toEqual([1, encoded(codec, value), first.bytes]);
        expect(codec.decode(second.bytes, 0)).toEqual(value);
      },
    );

    it("parses the first of a form only, though several take turns", () => {
      const codec = new JsonCodec();
      const texts = Array.from({ length: 40 }, (_, i) =>
        JSON.stringify(
          [
            { id: `k${i}`, value: sealed(`${i}`), at: i },
            { id: `k${i}`, on: true },
            { value: sealed("€".repeat(i)), at: -i, tags: ["ö", ""] },
          ][i % 3],
        ),
      );
      const all = texts.map((text) => encodedText(codec, text));
      // Negative numbers are not as simple as most.
      expect(all.filter((_, i) => i % 3 !== 2).reduce((sum, { parsed }) => sum + parsed, 0)).toBe(2);
      expect(all.map(({ bytes }) => JSON.stringify(codec.decode(bytes, 0)))).toEqual(texts);
    });

    it("takes texts that are alike, but not the same, for what they are", () => {
      const codec = new JsonCodec();
      const secret = sealed("secret");
      const texts = [
        `{"a":"${secret}","n":1}`,
        `{"a":"${secret.slice(0, -1)}","n":1}`,
        `{"a":"${secret.slice(0, -4)}A===","n":1}`,
        `{"a":"${secret.slice(0, -4)}AB==","n":1}`,
        '{"a":"tollgate-sealed:v2:001122334:AAAA","n":1}',
        '{"a":"tollgate-sealed:v2:öö1122:AAAA","n":1}',
        '{"a":"tollgate-sealed:v2:","n":1}',
        '{"a":"plain","n":1}',
        '{"a":"with \\"escapes\\" \\u20ac \\ud800","n":1}',
        '{"a":"x","n":1.5}',
        '{"a":"x","n":1e3}',
        '{"a":"x","n":-0}',
        '{"a":"x","n":12345678901234567890}',
        '{"a":"x","n":9007199254740991}',
        '{ "a": "x", "n": 1 }',
        '{"a":"x","n":1,"m":2}',
        '{"a":"","n":0}',
      ];
      for (const text of [...texts, ...texts]) {
        const { bytes } = encodedText(codec, text);
        expect([text, codec.decode(bytes, 0)]).toEqual([text, JSON.parse(text)]);
      }
    });
  });
});
