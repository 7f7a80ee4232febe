import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PathTrie } from "./routes.ts";

const entryOf = (text: string) => {
  const [method = "", template = ""] = text.split(" ");
  return { template, method, value: text };
};
const trieOf = (...entries: string[]) => new PathTrie<string>().with([], entries.map(entryOf));

describe("PathTrie", () => {
  it.each([
    {
      title: "a literal beats a parameter",
      routes: ["GET /a/{x}", "GET /a/b"],
      call: "GET /a/b",
      is: "GET /a/b",
      values: [],
    },
    {
      title: "a parameter beats a greedy one",
      routes: ["GET /{p+}", "GET /{x}"],
      call: "GET /b",
      is: "GET /{x}",
      values: ["b"],
    },
    {
      title: "an exact verb beats ANY",
      routes: ["ANY /a", "GET /a"],
      call: "GET /a",
      is: "GET /a",
      values: [],
    },
    {
      title: "ANY takes the other verbs",
      routes: ["ANY /a", "GET /a"],
      call: "PUT /a",
      is: "ANY /a",
      values: [],
    },
    { title: "ANY is seven verbs, not all", routes: ["ANY /a"], call: "TRACE /a", is: undefined, values: [] },
    { title: "HEAD is not served by GET", routes: ["GET /a"], call: "HEAD /a", is: undefined, values: [] },
    {
      title: "a literal without the method falls back to a greedy sibling that has it",
      routes: ["POST /a", "OPTIONS /{p+}"],
      call: "OPTIONS /a",
      is: "OPTIONS /{p+}",
      values: ["a"],
    },
    {
      title: "a literal without a deeper match backtracks",
      routes: ["GET /a/b", "GET /{p+}"],
      call: "GET /a/c",
      is: "GET /{p+}",
      values: ["a/c"],
    },
    {
      title: "backtracking forgets the parameters of the way it left",
      routes: ["GET /{x}/b", "GET /{p+}"],
      call: "GET /a/c",
      is: "GET /{p+}",
      values: ["a/c"],
    },
    {
      title: "greedy never matches nothing",
      routes: ["GET /{p+}"],
      call: "GET /",
      is: undefined,
      values: [],
    },
    { title: "the root matches", routes: ["GET /"], call: "GET /", is: "GET /", values: [] },
    {
      title: "a trailing slash does not count",
      routes: ["GET /a/{x}"],
      call: "GET /a/b/",
      is: "GET /a/{x}",
      values: ["b"],
    },
    {
      title: "slashes before the path do not count",
      routes: ["GET /a"],
      call: "GET ///a",
      is: "GET /a",
      values: [],
    },
    {
      title: "double slashes inside a greedy value stay",
      routes: ["GET /{p+}"],
      call: "GET /a//b/",
      is: "GET /{p+}",
      values: ["a//b"],
    },
    {
      title: "nothing is decoded",
      routes: ["GET /{x}"],
      call: "GET /a%2Bb+c",
      is: "GET /{x}",
      values: ["a%2Bb+c"],
    },
    {
      title: "an empty segment is no parameter",
      routes: ["GET /a/{x}/c"],
      call: "GET /a//c",
      is: undefined,
      values: [],
    },
  ])("$title", ({ routes, call, is, values }) => {
    const [method = "", path = ""] = call.split(" ");
    const match = trieOf(...routes).match(path, method);
    expect(match?.value).toBe(is);
    if (is) expect(match?.parameterValues).toEqual(values);
  });

  it("agrees with a naive matcher on any routes and paths", () => {
    const segment = fc.constantFrom("a", "b", "c", "{x}");
    const template = fc
      .tuple(fc.array(segment, { maxLength: 4 }), fc.boolean())
      .map(
        ([segments, greedy]) =>
          `/${[...segments.map((s, i) => (s === "{x}" ? `{x${i}}` : s)), ...(greedy ? ["{p+}"] : [])].join("/")}`,
      );
    const method = fc.constantFrom("GET", "PUT", "ANY");
    const path = fc
      .array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 5 })
      .map((s) => `/${s.join("/")}`);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(template, method), { maxLength: 12 }),
        path,
        fc.constantFrom("GET", "PUT", "HEAD"),
        (routes, at, verb) => {
          const trie = trieOf(...routes.map(([t, m]) => `${m} ${t}`));
          expect(trie.match(at, verb)?.value).toBe(naive(routes, at, verb));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("PathTrie.with", () => {
  it("leaves the trie it was made from as it was", () => {
    const before = trieOf("GET /a/b", "GET /a/{x}");
    const after = before.with([entryOf("GET /a/b")], [entryOf("PUT /a/b"), entryOf("GET /c")]);
    expect([before.match("/a/b", "GET")?.value, before.match("/c", "GET")?.value]).toEqual([
      "GET /a/b",
      undefined,
    ]);
    expect([after.match("/a/b", "GET")?.value, after.match("/c", "GET")?.value]).toEqual([
      "GET /a/{x}",
      "GET /c",
    ]);
  });

  it("does not remove what has another value by now", () => {
    const trie = trieOf("GET /a").with(
      [entryOf("GET /a")],
      [{ template: "/a", method: "GET", value: "new" }],
    );
    expect(trie.match("/a", "GET")?.value).toBe("new");
  });

  it("gives the same as a trie built at once, after any edits", () => {
    const entry = fc.constantFrom(
      "GET /a",
      "GET /a/b",
      "GET /{x}",
      "GET /{x}/b",
      "GET /a/{p+}",
      "ANY /{p+}",
      "PUT /a/b/c",
      "GET /",
    );
    const path = fc.constantFrom("/", "/a", "/b", "/a/b", "/a/c", "/b/b", "/a/b/c", "/x/y/z");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(entry), fc.array(entry)), { maxLength: 6 }),
        path,
        fc.constantFrom("GET", "PUT"),
        (edits, at, verb) => {
          let trie = new PathTrie<string>();
          const present = new Set<string>();
          for (const [removed, added] of edits) {
            const gone = removed.filter((text) => !added.includes(text));
            trie = trie.with(gone.map(entryOf), added.map(entryOf));
            for (const text of added) present.add(text);
            for (const text of gone) present.delete(text);
          }
          expect(trie.match(at, verb)).toEqual(trieOf(...present).match(at, verb));
        },
      ),
    );
  });
});

/** Every route that matches, best first: compares templates segment by segment. */
function naive(routes: readonly [string, string][], path: string, verb: string): string | undefined {
  const parts = path === "/" ? [] : path.slice(1).split("/");
  const rank = (segment: string) => (segment.endsWith("+}") ? "2" : segment.startsWith("{") ? "1" : "0");
  const fits = ([template, method]: [string, string]) => {
    const segments = template === "/" ? [] : template.slice(1).split("/");
    const greedy = segments.at(-1)?.endsWith("+}") ?? false;
    if (greedy ? parts.length < segments.length : parts.length !== segments.length) return false;
    if (method !== "ANY" && method !== verb) return false;
    return segments.every((s, i) => s.startsWith("{") || s === parts[i]);
  };
  const key = ([template, method]: [string, string]) =>
    `${(template === "/" ? [] : template.slice(1).split("/")).map(rank).join("")}|${method === "ANY" ? 1 : 0}`;
  const matches = routes.filter(fits).sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  const best = matches[0];
  if (!best) return undefined;
  // Templates that differ only in parameter names are one path; the last one added of the same method stands.
  const same = matches.filter((m) => key(m) === key(best) && shape(m[0]) === shape(best[0]));
  const [template, method] = routes.findLast((r) => same.some((s) => s[0] === r[0] && s[1] === r[1])) as [
    string,
    string,
  ];
  return `${method} ${template}`;
}
const shape = (template: string) => template.replace(/\{[^}+]+\}/g, "{}");
