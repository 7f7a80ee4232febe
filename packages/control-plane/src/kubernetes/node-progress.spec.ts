import { expect, it } from "vitest";
import type { EntityRef } from "@tollgate/config";
import { progressOf } from "./node-progress.ts";

const refused = (name: string) => ({ name, path: "p", message: "m", code: "C", params: {} });
const node = (nodeId: string, appliedVersion: number, own: object = {}) => ({
  nodeId,
  appliedVersion,
  refused: [],
  missingSinceUnixMs: undefined,
  ...own,
});
const ENTITIES: readonly EntityRef[] = [
  { kind: "RestApi", apiId: "", id: "shop000001" },
  { kind: "Stage", apiId: "shop000001", id: "prod" },
  { kind: "UsagePlan", apiId: "", id: "gold" },
];

const at = (nodes: readonly object[], rollout?: object) =>
  progressOf(
    {
      nodes: { all: () => nodes },
      nodeStore: { state: { rollout: rollout && { record: rollout } } },
      isStaged: rollout !== undefined,
    } as never,
    7,
    "000000000000",
    ENTITIES,
  );

it("nodes that have a revision are counted, and those that are missing or behind are not", () => {
  const nodes = [node("a", 7), node("b", 9), node("c", 6), node("d", 7, { missingSinceUnixMs: 1 })];
  expect(at(nodes)).toMatchObject({ applied: 2, total: 4, refused: [] });
});

it.each([
  ["stage/shop000001/prod", true],
  ["stage/other00001/prod", false],
  ["usageplan/000000000000/gold", true],
  ["usageplan/111111111111/gold", false],
  ["usageplan/000000000000/silver", false],
  ["domain/shop.example.com", false],
])("a node that refuses %s refuses the object: %s", (name, isOurs) => {
  const { applied, refused: problems } = at([node("a", 7, { refused: [refused(name)] }), node("b", 7)]);
  expect(applied).toBe(isOurs ? 1 : 2);
  expect(problems).toEqual(isOurs ? [{ path: "p", message: "a: m" }] : []);
});

it("a rollout that was stopped goes to no more nodes", () => {
  const rollout = { state: "stopped", base: 5, version: 8, reason: "errors" };
  expect(at([node("a", 7), node("b", 5)], rollout).stopped).toMatch(/revision 8 was stopped: errors/);
  expect(at([node("a", 7), node("b", 5)], { ...rollout, base: 7 }).stopped).toBe(undefined);
});
