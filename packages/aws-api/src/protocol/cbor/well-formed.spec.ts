import { cbor } from "@smithy/core/cbor";
import { describe, expect, it } from "vitest";
import { isWellFormed } from "./well-formed.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

// RFC 8949, appendix A and appendix F.
describe("CBOR", () => {
  it.each([
    "00",
    "1bffffffffffffffff",
    "fb3ff199999999999a",
    "f6",
    "c1fb41d452d9e20000ff",
    "c249010000000000000000",
    "5f42010243030405ff",
    "7f657374726561646d696e67ff",
    "83010203",
    "9f018202039f0405ffff",
    "bf61610161629f0203ffff",
    "a0",
    "9fff",
  ])("%s is well-formed", (hex) => {
    expect(isWellFormed(bytes(hex))).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["an argument that is cut off", "1a0102"],
    ["a string that is cut off", "5affffffff00"],
    ["a long length", "7b7fffffffffffffff"],
    ["an array that is cut off", "830000"],
    ["arrays that say that they are large", "9a00ffffff".repeat(8)],
    ["an array of no known size", "9b001fffffffffffff"],
    ["a map that is cut off", "a200 00 00"],
    ["a map whose last key has no value", "bf00ff"],
    ["an indefinite array without its end", "9f00"],
    ["parts of another type", "5f6161ff"],
    ["a break outside", "ff"],
    ["a tag of nothing", "c0"],
    ["a reserved argument", "1c"],
    ["an indefinite number", "1f"],
    ["more behind it", "0000"],
    ["too deep", `${"81".repeat(200)}00`],
  ])("%s is not", (_what, hex) => {
    expect(isWellFormed(bytes(hex))).toBe(false);
  });

  it("whatever is written is", () => {
    const written = cbor.serialize({
      a: [1, -2.5, "text", true, null, { b: new Uint8Array(300) }],
      c: 2 ** 40,
    });
    expect(isWellFormed(Buffer.from(written))).toBe(true);
  });
});
