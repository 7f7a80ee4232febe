import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasDotSegment, normalPath, readingsOf, resourceOf, resourcePattern } from "./path-form.ts";

/** What RFC 3986 and the WHATWG agree on: no server resolves it to anything else. */
const isPlain = (path: string) => new URL(`http://x${path}`).pathname === path;

describe("the normal form of a path", () => {
  it.each([
    ["/", "/"],
    ["/a/b.c/~d", "/a/b.c/~d"],
    ["/%61dmin", "/admin"],
    ["/%7e%2D%5f", "/~-_"],
    ["/a%2fb", "/a%2Fb"],
    ["/a%5cb", "/a%5Cb"],
    ["/a%2Bb+c", "/a%2Bb+c"],
    ["/a%40b%3a", "/a%40b%3A"],
    ["//a//b/", "//a//b/"],
    ["/.../..a/a../.a", "/.../..a/a../.a"],
    ["/%252e%252e/a", "/%252e%252e/a"],
    ["/caf\xe9", "/caf%E9"],
  ])("of %s is %s", (path, wanted) => expect(normalPath(path, "refuse")).toBe(wanted));

  it.each([
    ["/x/../admin", "/admin"],
    ["/./admin", "/admin"],
    ["/x/%2e%2E/admin", "/admin"],
    ["/x/.%2e/admin", "/admin"],
    ["/pub/..%2fadmin", "/admin"],
    ["/pub%2f..%2Fadmin", "/admin"],
    ["/pub/..%5cadmin", "/admin"],
    ["/pub/..\\admin", "/admin"],
    ["/pub\\admin", "/pub/admin"],
    ["/pub/..;x/admin", "/admin"],
    ["/admin#x", "/admin"],
    ["/a/..", "/"],
    ["/a/b/.", "/a/b/"],
    ["/../../a", "/a"],
  ])("of %s is refused, or %s", (path, normalized) => {
    expect(normalPath(path, "refuse")).toBeUndefined();
    expect(normalPath(path, "normalize")).toBe(normalized);
  });

  it.each(["/%", "/%zz", "/%4", "/a%00b", "/%u0041"])("of %s is refused: it is no encoding", (path) => {
    expect(normalPath(path, "refuse")).toBeUndefined();
    expect(normalPath(path, "normalize")).toBeUndefined();
  });

  it("where paths are normalized has one slash where several follow one another", () => {
    expect(normalPath("//a///b%5Cc/", "normalize")).toBe("/a/b/c/");
  });

  const part = fc.constantFrom(
    ..."a b . .. / // \\ % %2e %2E %2f %2F %5c %61 %25 %252e ; # ? %3b %c3%a9 \xe9 A : @ %40".split(" "),
  );
  const anyPath = fc.array(part, { maxLength: 12 }).map((parts) => `/${parts.join("")}`);

  it.each(["refuse", "normalize"] as const)(
    "(%s) is its own normal form, and servers do not shorten it",
    (mode) => {
      fc.assert(
        fc.property(anyPath, (path) => {
          const [bare = "/"] = path.split("?");
          const normal = normalPath(bare, mode);
          if (normal === undefined) return;
          expect(normalPath(normal, mode)).toBe(normal);
          expect(hasDotSegment(normal)).toBe(false);
          expect(isPlain(normal)).toBe(true);
        }),
        { numRuns: 3_000 },
      );
    },
  );
});

describe("what servers take a path for", () => {
  it.each([
    ["/a", "/a /a/"],
    ["/", "/"],
    ["/a/", "/a/ /a"],
    ["/a%2Fb", "/a%2Fb /a%2Fb/ /a/b /a/b/"],
    ["//a//b", "//a//b //a//b/ /a/b /a/b/"],
    ["/a%5Cb", "/a%5Cb /a%5Cb/ /a/b /a/b/"],
    ["/a%40b", "/a%40b /a%40b/ /a@b /a@b/"],
    ["/caf%C3%A9", "/caf%C3%A9 /caf%C3%A9/ /café /café/"],
    ["/%FFa%40", "/%FFa%40 /%FFa%40/ /%FFa@ /%FFa@/"],
    ["/a;x/b;y=1", "/a;x/b;y=1 /a;x/b;y=1/ /a/b /a/b/"],
    ["/;/a", "/;/a /;/a/ /a /a/"],
    ["/a%3Bx", "/a%3Bx /a%3Bx/ /a;x /a;x/ /a /a/"],
    ["/a;%2Fx", "/a;%2Fx /a;%2Fx/ /a;/x /a;/x/ /a /a/ /a/x /a/x/"],
  ])("%s", (path, wanted) => expect(readingsOf(path)).toEqual(wanted.split(" ")));

  it("are a few, however often a path is encoded", () => {
    const path = `/${"%25".repeat(500)}${";%2F".repeat(500)}`;
    expect(readingsOf(path).length).toBeLessThan(20);
  });
});

describe("the resource that policies see", () => {
  it.each([
    ["/a/b/", "a/b"],
    ["//a//b", "a/b"],
    ["/a%2Fb", "a/b"],
    ["/a%40b%3A", "a@b:"],
    ["/a%25b", "a%25b"],
    ["/a%0Ab", "a%0Ab"],
    ["/caf%C3%A9", "caf%C3%A9"],
    ["/*", "%2A"],
    ["/%2A%3F%24%7Bx%7D", "%2A%3F%24{x}"],
    ["/$metadata", "%24metadata"],
  ])("of %s is %s", (path, wanted) => expect(resourceOf(path)).toBe(wanted));

  it("is no pattern, whatever the path, and names itself in a policy", () => {
    const part = fc.constantFrom(
      ..."a / * $ { } %2A %2a %3F %3f %24 %7B %7b %25 %2F %3A %FF \xe9 : // ;".split(" "),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const normal = normalPath(`/${parts.join("")}`, "refuse");
        if (normal === undefined) return;
        const resource = resourceOf(normal);
        expect(resource).not.toMatch(/[*?]|\$\{/);
        expect(resourcePattern(`arn:api/test/GET/${resource}`)).toBe(`arn:api/test/GET/${resource}`);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ["a%3ab%40c", "a:b@c"],
    ["a%2Fb//c", "a/b/c"],
    ["*/a?b/${aws:username}", "*/a?b/${aws:username}"],
    ["a${*}b${?}c${$}d", "a%2Ab%3Fc%24d"],
    ["$metadata", "%24metadata"],
    ["caf\u00e9%c3%a9", "caf%C3%A9%C3%A9"],
  ])("has the same form in a policy: %s is %s", (path, wanted) => {
    expect(resourcePattern(`arn:api/$default/GET/${path}`)).toBe(`arn:api/$default/GET/${wanted}`);
  });
});
