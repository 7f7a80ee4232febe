import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const PACKAGES = fileURLToPath(new URL("../../packages/", import.meta.url));
/** What is imported when a module is loaded: neither types alone nor what is imported later by import(). */
const STATIC = /^(?:import|export)\s+(?!type\b)(?:[^;"]*?\sfrom\s+)?"([^"]+)"/gm;

/** The file of an entry of one of our packages, as its exports name it. */
function entryOf(specifier: string): string {
  const [, name = "", ...path] = specifier.split("/");
  const { exports } = JSON.parse(readFileSync(join(PACKAGES, name, "package.json"), "utf8")) as {
    exports: Readonly<Record<string, string>>;
  };
  return join(PACKAGES, name, exports[[".", ...path].join("/")] as string);
}

/** The libraries of the registry that a process loads at its start, by the sources that it is made of. */
function librariesOf(entry: string): ReadonlySet<string> {
  const libraries = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(STATIC))
      if (specifier.startsWith(".")) visit(join(file, "..", specifier));
      else if (specifier.startsWith("@tollgate/")) visit(entryOf(specifier));
      else if (!specifier.startsWith("node:"))
        libraries.add(
          specifier
            .split("/")
            .slice(0, specifier.startsWith("@") ? 2 : 1)
            .join("/"),
        );
  };
  visit(join(PACKAGES, entry));
  return libraries;
}

/** Libraries that only some settings or requests need (ADR 45). */
const LATER = /^@opentelemetry\/(?!api$)|^@redis\//;

it.each([
  "control-plane/src/main.ts",
  "control-plane/src/test-invoke/test-process.ts",
  "data-plane/src/main.ts",
  "data-plane/src/worker/main.ts",
  "metering/src/main.ts",
  "standalone/src/main.ts",
])("%s starts without the libraries that only some settings or requests need", (entry) => {
  const libraries = [...librariesOf(entry)];
  expect(libraries).toContain("@opentelemetry/api");
  expect(libraries.filter((name) => LATER.test(name))).toEqual([]);
});

it("a process for large bodies loads the languages of mappings and models, and nothing of calls", () => {
  expect([...librariesOf("data-plane/src/worker/body-process.ts")].sort()).toEqual([
    "ajv",
    "ajv-draft-04",
    "ajv-formats",
    "lru-cache",
    "re2js",
  ]);
});

it("a node's supervisor calls no upstreams, and loads nothing of how calls are served", () => {
  const libraries = [...librariesOf("data-plane/src/main.ts")];
  expect(libraries).toContain("kafkajs");
  for (const name of ["undici", "zod", "ajv", "jose", "re2js"]) expect(libraries).not.toContain(name);
});

it("a worker serves compiled configuration: it loads no schemas, and no clients of Kafka and of control planes", () => {
  const libraries = [...librariesOf("data-plane/src/worker/main.ts")];
  expect(libraries).toContain("undici");
  for (const name of ["zod", "kafkajs", "@grpc/grpc-js"]) expect(libraries).not.toContain(name);
});
