import { describe, expect, it } from "vitest";
import { LogRefusal } from "../refusal.ts";
import { compilePattern } from "./compile-pattern.ts";

const isMatch = (pattern: string, message: string): boolean =>
  compilePattern(pattern)?.matches(message) ?? true;

const LINE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
const EVENT = JSON.stringify({
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  status: 404,
  text: "404",
  latency: -1.5e3,
  "a.b": "dotted",
  nested: { user: { name: "ada lovelace" } },
});

describe("terms", () => {
  it.each([
    ["", "anything", true],
    [" ", "anything", true],
    ["ERROR", "[ERROR] 400 BAD REQUEST", true],
    ["ERROR", "[error] 400", false],
    ["ERROR 400", "[ERROR] 400 BAD REQUEST", true],
    ["ERROR 400", "[ERROR] 419 MISSING ARGUMENTS", false],
    ['"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", true],
    ['"INTERNAL SERVER"', "SERVER INTERNAL", false],
    ["?ERROR ?419", "[WARN] 419", true],
    ["?ERROR ?419", "[WARN] 420", false],
    ["?ERROR 400", "[WARN] 400", true],
    ["ERROR -ARGUMENTS", "[ERROR] 419 MISSING ARGUMENTS", false],
    ["ERROR -ARGUMENTS", "[ERROR] 400", true],
    ['-"MISSING ARG"', "[ERROR] 419 MISSING ARGUMENTS", false],
    ['"say \\"hi\\""', 'they say "hi"', true],
    ["%\\d{3}$%", "status 404", true],
    ["%AUTHORIZED%", "UNAUTHORIZED", true],
    ["%^ERR% -%5\\d\\d%", "ERR 503", false],
    ["$.status", "the literal $.status", true],
  ])("%j against %j: %s", (pattern, message, expected) => {
    expect(isMatch(pattern, message)).toBe(expected);
  });
});

describe("JSON patterns", () => {
  it.each([
    ['{ $.eventType = "UpdateTrail" }', true],
    ["{ $.eventType = UpdateTrail }", true],
    ["{ $.eventType = Update* }", true],
    ['{ $.eventType = "*Trail" }', true],
    ['{ $.eventType != "UpdateTrail" }', false],
    ['{ $.nothing != "UpdateTrail" }', false],
    ["{ $.sourceIPAddress = 111.111.* }", true],
    ["{ $.sourceIPAddress != 123.123.* }", true],
    ['{ $.arrayKey[0] = "value" }', true],
    ['{ $.arrayKey[1] = "value" }', false],
    ['{ $.arrayKey[9] = "value" }', false],
    ['{ $.arrayKey[*] = "another value" }', true],
    ["{ $.objectList[1].id = 2 }", true],
    ["{ $.objectList[*].id = 2 }", true],
    ["{ $.SomeObject IS NULL }", true],
    ["{ $.nothing IS NULL }", false],
    ["{ $.SomeOtherObject NOT EXISTS }", true],
    ["{ $.SomeObject NOT EXISTS }", false],
    ["{ $.ThisFlag IS TRUE }", true],
    ["{ $.ThisFlag IS FALSE }", false],
    ["{ $.status = 404 }", true],
    ["{ $.status >= 400 && $.status < 500 }", true],
    ["{ $.status = 4* }", true],
    ["{ $.text = 404 }", false],
    ['{ $.text = "404" }', true],
    ["{ $.latency < -1e3 }", true],
    ["{ $['a.b'] = dotted }", true],
    ["{ $.nested.user.name = %ada.l% }", true],
    ["{ ($.status = 1 || $.status = 404) && ($.eventType = U*) }", true],
    ["{ $.status = 404 || $.status = 1 && $.eventType = nothing }", true],
    ["{ ($.status = 404 || $.status = 1) && $.eventType = nothing }", false],
    ["{$.status=404&&$.ThisFlag IS TRUE}", true],
  ])("%s: %s", (pattern, expected) => {
    expect(isMatch(pattern, EVENT)).toBe(expected);
  });

  it.each(["no JSON", '"text"', "{broken", ""])("never match %j", (message) => {
    expect(isMatch("{ $.a NOT EXISTS }", message)).toBe(false);
  });
});

describe("space-delimited patterns", () => {
  it.each([
    ["[ip, user, username, timestamp, request, status_code, bytes]", true],
    ["[ip, user, username, timestamp, request, status_code]", false],
    ["[..., status_code, bytes]", true],
    ["[ip, ..., request = *.html*, status_code = 4*, bytes]", true],
    ["[ip, user, username, timestamp, request = *.html*, status_code = 4*, bytes]", true],
    ["[..., request = *.css*, status_code, bytes]", false],
    ["[..., status_code = 404, bytes > 1000]", true],
    ["[..., status_code = 404 || status_code = 410, bytes]", true],
    ["[..., status_code = 4* && status_code != 404, bytes]", false],
    ["[ip != 127.0.0.1, ...]", false],
    ["[ip = %127\\.0\\.0\\.[1-9]%, ...]", true],
    ['[w1, w2, w3, w4, w5 = "GET /index.html HTTP/1.0", ...]', true],
    ["[, , username = frank, ...]", true],
    ["[...]", true],
  ])("%s: %s", (pattern, expected) => {
    expect(isMatch(pattern, LINE)).toBe(expected);
  });
});

describe("an invalid pattern", () => {
  it.each([
    ["{ $.a = }", "a value is expected at character 9"],
    ["{ $.a == 1 }", "a value"],
    ["{ a = 1 }", "'$' is expected"],
    ["{ $.a = 1", "'}' is expected"],
    ["{ $.a = 1 } x", "the end is expected"],
    ["{ $.a < text }", "a number after <"],
    ["[a, b", "']' is expected"],
    ["[a, ..., b, ...]", "only one '...'"],
    ['"open', "'\"' is expected"],
    ["%(a)%", "parentheses are not supported"],
    ["%a% %b% %c%", "more than 2 regular expressions"],
    ["%[%", "%[%"],
  ])("%s says what is wrong", (pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(LogRefusal);
    if (pattern !== "%[%") expect(() => compilePattern(pattern)).toThrow(message);
  });

  it("is too long, as AWS says it", () => {
    expect(() => compilePattern("a".repeat(1025))).toThrow(/'filterPattern' failed to satisfy constraint/);
  });

  it("takes time in proportion to the event, whatever it is", () => {
    const before = process.threadCpuUsage();
    expect(isMatch(`{ $.a = ${"*a".repeat(200)}b }`, JSON.stringify({ a: "a".repeat(100_000) }))).toBe(false);
    expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(1_000);
  });

  it.each(["[ ", '" '])(
    "takes time in proportion to an event of many %j that are never closed",
    (opening) => {
      const before = process.threadCpuUsage();
      expect(isMatch("[a, b]", opening.repeat(100_001))).toBe(false);
      expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(1_000);
    },
  );
});
