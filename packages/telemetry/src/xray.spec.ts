import { describe, expect, it } from "vitest";
import { parseSettings, SettingsError, setting } from "./settings.ts";
import {
  formatTraceHeader,
  newTraceRoot,
  parseTraceHeader,
  parseTraceparent,
  randomHex,
  rootOfTraceId,
  traceIdOfRoot,
} from "./xray.ts";

const ROOT = "1-67a0b1c2-0123456789abcdef01234567";

describe("X-Ray ids and headers", () => {
  it.each([
    { header: `Root=${ROOT}`, is: { root: ROOT, parent: undefined, sampled: undefined } },
    {
      header: `Root=${ROOT};Parent=0123456789abcdef;Sampled=1`,
      is: { root: ROOT, parent: "0123456789abcdef", sampled: true },
    },
    { header: `Self=1-x; Sampled=0; Root=${ROOT}`, is: { root: ROOT, parent: undefined, sampled: false } },
    { header: "Root=1-67a0b1c2-short", is: undefined },
    { header: "junk;;=", is: undefined },
  ])("reads $header", ({ header, is }) => {
    expect(parseTraceHeader(header)).toEqual(is);
  });

  it("keeps the same 128 bits as OpenTelemetry and as X-Ray", () => {
    expect(rootOfTraceId(traceIdOfRoot(ROOT))).toBe(ROOT);
    expect(parseTraceparent(`00-${traceIdOfRoot(ROOT)}-0123456789abcdef-01`)).toEqual({
      root: ROOT,
      parent: "0123456789abcdef",
      sampled: true,
    });
    expect(
      parseTraceHeader(formatTraceHeader(newTraceRoot(1_700_000_000_000), randomHex(8), true)),
    ).toMatchObject({ sampled: true });
    expect(newTraceRoot(1_700_000_000_000)).toMatch(/^1-6553f100-[0-9a-f]{24}$/);
  });

  it("never gives the same random text twice", () => {
    expect(new Set(Array.from({ length: 5000 }, () => randomHex(8))).size).toBe(5000);
  });
});

describe("parseSettings", () => {
  it("reports all invalid settings in one error", () => {
    const parse = () =>
      parseSettings({ A: "x", B: "2", C: "nope" }, (read) => ({
        value: [
          read("A", setting.port(1)),
          read("B", setting.ratio(0)),
          read("C", setting.oneOf(["a", "b"], "a")),
          read("D", setting.list()),
        ],
        problems: [{ name: "E", message: "is wrong too" }],
      }));
    expect(parse).toThrow(SettingsError);
    expect(parse).toThrow(
      /A 'x' must be a whole number from 0 to 65535\n {2}B '2' must be a number from 0 to 1\n {2}C 'nope' must be one of a, b\n {2}E is wrong too/,
    );
  });
});
