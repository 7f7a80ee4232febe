import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalJson,
  diffSpecs,
  type Entity,
  type Kind,
  kindRule,
  kinds,
  nameOf,
  newApiId,
  newChildId,
  parseManifest,
  parseName,
  pathProblem,
  referencesOf,
} from "./index.ts";

describe("names", () => {
  it("are AWS's paths and can be parsed", () => {
    expect(nameOf({ kind: "Resource", apiId: "abcdefghij", id: "a1b2c3" })).toBe(
      "restapis/abcdefghij/resources/a1b2c3",
    );
    for (const kind of Object.keys(kinds) as Kind[]) {
      const ref = { kind, apiId: kindRule(kind).parent ? "abcdefghij" : "", id: "x.y" };
      expect(parseName(nameOf(ref))).toEqual(ref);
    }
    expect(parseName("chunks/x/y")).toBeUndefined();
    expect(parseName("~head")).toBeUndefined();
  });

  it("have ids in AWS's form", () => {
    expect(newApiId()).toMatch(/^[a-z0-9]{10}$/);
    expect(newChildId()).toMatch(/^[a-z0-9]{6}$/);
  });
});

describe("canonicalJson", () => {
  it("is the same for equal values whatever the order of their keys, and can be parsed", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: 1, a: { d: [2], c: undefined } })).toBe('{"a":{"d":[2]},"b":1}');
  });
});

describe("parseManifest", () => {
  it("refuses a spec that is nested deeper than any that is meant, without reading it", () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`);
    expect(parseManifest({ kind: "RestApi", id: "a", spec: { name: "x", policy: deep } }, 0)).toMatchObject({
      ok: false,
      problems: [{ code: "SPEC_TOO_DEEP", path: "RestApi/a" }],
    });
  });

  it.each(["allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders"])(
    "refuses what a header cannot have in %s of an API",
    (list) => {
      const problemsOf = (given: string) => {
        const spec = { protocolType: "HTTP", name: "x", corsConfiguration: { [list]: [given] } };
        const parsed = parseManifest({ kind: "Api", id: "abcdefghij", spec }, 0);
        return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path} ${message}`);
      };
      expect(problemsOf("caf\u00e9")).toEqual([]);
      for (const bad of ["a\r\nX-Own: 1", "a\u0000", "\u20ac", ""])
        expect(problemsOf(bad)).toEqual([
          `Api/abcdefghij.corsConfiguration.${list}[0] must be characters that a header can have`,
        ]);
    },
  );

  it("fills in AWS's defaults", () => {
    const parsed = parseManifest(
      {
        kind: "Resource",
        apiId: "abcdefghij",
        id: "r",
        spec: { path: "/x", methods: { GET: { integration: { type: "HTTP_PROXY", uri: "http://x" } } } },
      },
      0,
    );
    expect(parsed.ok && (parsed.value as Entity<"Resource">).spec.methods.GET).toMatchObject({
      authorizationType: "NONE",
      apiKeyRequired: false,
      integration: {
        httpMethod: "ANY",
        timeoutInMillis: 29_000,
        passthroughBehavior: "WHEN_NO_MATCH",
        connectionType: "INTERNET",
      },
    });
  });

  it("never throws and never accepts unknown members, whatever the input", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(kinds)), fc.jsonValue(), (kind, spec) => {
        const parsed = parseManifest({ kind, apiId: "abcdefghij", id: "x", spec }, 0);
        // A kind without required members accepts an empty spec.
        if (parsed.ok) expect(Object.keys(spec as object)).toEqual([]);
        else expect(parsed.problems.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("pathProblem", () => {
  it.each(["/", "/a", "/a/{b}/c", "/{proxy+}", "/a.b_c-d,e:f", "/v1/{a}/{b+}"])("%s is a path", (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });
  it.each([
    ["", "PATH_START"],
    ["a", "PATH_START"],
    ["/a/", "PATH_END"],
    ["//", "PATH_END"],
    ["/a//b", "PATH_SEGMENT_EMPTY"],
    ["/{a}b", "PATH_SEGMENT_INVALID"],
    ["/a b", "PATH_SEGMENT_INVALID"],
    ["/é", "PATH_SEGMENT_INVALID"],
    ["/{a+}/b", "PATH_GREEDY_NOT_LAST"],
    ["/{a}/{a}", "PATH_PARAMETER_TWICE"],
  ])("'%s' is not a path: %s", (path, code) => {
    expect(pathProblem(path)).toMatchObject({ code });
  });
});

describe("references and differences", () => {
  it("lists what must exist for a domain, a stage and a resource", () => {
    const to = (entity: unknown) => referencesOf(entity as Entity).map((r) => nameOf(r.to));
    expect(to({ kind: "Stage", apiId: "a", id: "s", spec: { deploymentId: "d" } })).toEqual([
      "restapis/a",
      "restapis/a/deployments/d",
    ]);
    expect(
      to({
        kind: "DomainName",
        apiId: "",
        id: "x.y",
        spec: { basePathMappings: { a: { restApiId: "r" }, b: { restApiId: "r", stage: "s" } } },
      }),
    ).toEqual(["restapis/r", "restapis/r/stages/s"]);
  });

  it("reports differences with their paths", () => {
    expect(diffSpecs({ a: { b: 1, c: [1] }, d: 1 }, { a: { b: 2, c: [1] }, e: 1 })).toEqual([
      { path: "a.b", before: 1, after: 2 },
      { path: "d", before: 1, after: undefined },
      { path: "e", before: undefined, after: 1 },
    ]);
  });
});
