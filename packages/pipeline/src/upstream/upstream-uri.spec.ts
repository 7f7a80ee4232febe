import { describe, expect, it } from "vitest";
import type { RequestValues } from "@tollgate/mapping";
import { Refused } from "../call/errors.ts";
import { compileUri, noValues } from "./upstream-uri.ts";

function filled(uri: string, value: string): string | undefined {
  const path = new Map([["v", (values: RequestValues) => values.pathParameter("v")]]);
  const compiled = compileUri(uri, {}, { path, overridable: false });
  if (!compiled.ok) throw new Error(String(compiled.unsourced));
  const resolved = compiled.resolve({ ...noValues, pathParameter: () => value });
  return resolved && `${resolved.origin}${resolved.path}${resolved.query === "" ? "" : `?${resolved.query}`}`;
}

describe("a value in the URI of an upstream", () => {
  it.each([
    ["http://up/a/{v}", "b/c", "http://up/a/b/c"],
    ["http://up/a/{v}", "b?c#d\\e", "http://up/a/b%3Fc%23d%5Ce"],
    ["http://up/a/{v}", "b c\r\n\u00e9", "http://up/a/b%20c%0D%0A%C3%A9"],
    ["http://up/a/{v}", "...", "http://up/a/..."],
    ["http://up/a?q={v}", "../b?c#d", "http://up/a?q=../b?c%23d"],
    ["http://{v}.up/a", "x-1", "http://x-1.up/a"],
    ["http://{v}/a", "up:8080", "http://up:8080/a"],
  ])("%s of %j is %s", (uri, value, wanted) => expect(filled(uri, value)).toBe(wanted));

  it.each(["..", ".", "b/../c", "%2e%2e", "b/%2E./c", "..%2fc", "..\\c", "..;x/c", "b/.."])(
    "is refused in a path: %s",
    (value) => expect(() => filled("http://up/a/{v}", value)).toThrow(Refused),
  );

  it("is refused where it makes a dot segment with what is around it", () => {
    expect(() => filled("http://up/a/.{v}/b", ".")).toThrow(Refused);
  });

  it.each(["evil.example/", "evil.example?", "x@evil.example", "evil.example#", "a b", "%2f", "x\\y"])(
    "names no other host: %s",
    (value) => expect(filled("http://{v}.up/a", value)).toBeUndefined(),
  );
});
