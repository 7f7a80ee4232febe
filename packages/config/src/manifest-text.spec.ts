import { describe, expect, it } from "vitest";
import { ManifestTextError, parseManifests } from "./manifest-text.ts";

/** What is wrong with a string. */
function messageOf(text: string): string {
  try {
    parseManifests(text, "a.yaml");
  } catch (error) {
    if (error instanceof ManifestTextError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

const levels = (["a", "b", "c", "d"] as const).map(
  (name, i, all) => `${name}: &${name} [${Array(12).fill(i === 0 ? "x" : `*${all[i - 1]}`)}]`,
);

describe("a string that is not a manifest is refused with its place and what is wrong", () => {
  it.each([
    ["an alias without an anchor", "kind: RestApi\nspec: *x", /^a\.yaml:1: Unresolved alias/],
    ["aliases of aliases", levels.join("\n"), /^a\.yaml:1: Excessive alias count/],
    ["a member twice", "kind: RestApi\nspec: {a: 1, a: 2}", /^a\.yaml: Map keys must be unique/],
    [
      "an id of digits",
      "kind: ApiKey\nid: 12345\nspec: {}",
      'a.yaml:1: id of ApiKey is not a string: write it in quotation marks, as "12345"',
    ],
    [
      "an id of an API of digits",
      "kind: Model\nrestApiId: 1234567890\nspec: {}",
      /restApiId of Model is not a string/,
    ],
    ["an id that is a list", "kind: ApiKey\nid: [a]\nspec: {}", "a.yaml:1: id of ApiKey is not a string"],
    [
      "labels that are a list",
      "kind: ApiKey\nid: a\nlabels: [a]\nspec: {}",
      /labels of ApiKey must be an object/,
    ],
  ])("%s", (_what, text, message) => {
    expect(messageOf(text)).toMatch(message);
  });
});

it("an id without a value is none", () => {
  expect(parseManifests("kind: UsagePlan\nid:\nspec: {}", "a.yaml")).toEqual([
    { kind: "UsagePlan", id: null, spec: {} },
  ]);
});

/** Processor time for a map of so many members. */
function readingUs(members: number): number {
  const lines = Array.from({ length: members }, (_, i) => `  k${i}: 1`);
  const beforeUs = process.cpuUsage().user;
  const [manifest] = parseManifests(`kind: Model\nid: a\nspec:\n${lines.join("\n")}`, "a.yaml");
  expect(Object.keys(manifest?.spec as object)).toHaveLength(members);
  return process.cpuUsage().user - beforeUs;
}

it("a map with four times as many members takes some four times as long, not sixteen times", () => {
  expect(readingUs(12_000) / readingUs(3_000)).toBeLessThan(11);
});
