import { expect, it } from "vitest";
import { statusOf } from "./object-status.ts";
import { statusIn } from "./object-writes.ts";
import { ANNOTATIONS } from "./objects.ts";

const metadata = { namespace: "shop", name: "orders", uid: "u", resourceVersion: "1" };
const facts = {
  observedGeneration: 1,
  observedDigest: "",
  account: "000000000000",
  revision: 7,
  entities: 1,
};
const outcome = { state: "dry-run", message: "nothing was written" } as const;
const own = statusOf(facts, outcome, undefined, "2026-01-01T00:00:00Z");

const inAnnotation = (text: string) =>
  statusIn({ kind: "ConfigMap" }, { metadata: { ...metadata, annotations: { [ANNOTATIONS.status]: text } } });

it("a status is read as it was written", () => {
  expect(inAnnotation(JSON.stringify(own))).toEqual(own);
  expect(statusIn({ kind: "TollgateConfig" }, { metadata, status: own })).toEqual(own);
});

it.each<[string, unknown]>([
  ["nothing", null],
  ["a number", 7],
  ["no members", {}],
  ["no conditions", { ...own, conditions: undefined }],
  ["conditions that are none", { ...own, conditions: [null] }],
  ["problems that are a text", { ...own, problems: "none" }],
  ["a revision that is a text", { ...own, revision: "7" }],
  ["no numbers of nodes", { ...own, nodes: null }],
])("what somebody else has written there is none: %s", (_what, status) => {
  expect(inAnnotation(JSON.stringify(status))).toBe(undefined);
  expect(statusIn({ kind: "TollgateConfig" }, { metadata, status })).toBe(undefined);
});

it("a string that is not JSON gives nothing", () => {
  expect(inAnnotation("{")).toBe(undefined);
});
