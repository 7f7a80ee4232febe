import { describe, expect, it } from "vitest";
import { behind, callOf, restRoute, webAclOf } from "../kit/index.ts";

const route = restRoute(
  "ANY /{proxy+}",
  { integration: { type: "HTTP_PROXY", uri: "http://pets.example", httpMethod: "POST" } },
  { stage: { webAclId: "shield" } },
);
const NONE = [{ priority: 0, type: "NONE" }];
const sizeOfPath = {
  sizeConstraintStatement: {
    comparisonOperator: "GT",
    size: 0,
    fieldToMatch: { uriPath: {} },
    textTransformations: NONE,
  },
};
const ALL = { matchPattern: { all: {} }, matchScope: "ALL" };
/** It has states that a text makes one by one, which is what costs most. */
const heavy = (count: number) => `(?:a|b)*a(?:a|b){${count}}c`;
let seed = 1;
const letter = () => ((seed = (seed * 48_271) % 2_147_483_647) % 2 === 0 ? "a" : "b");
/** With a c, without which nothing is looked for. */
const texts = Array.from({ length: 15 }, () => `c${Array.from({ length: 1_000 }, letter).join("")}`);

async function through(fieldToMatch: object, body: string, action: object, defaultAction: object) {
  const rules = Array.from({ length: 20 }, (_, priority) => ({
    name: `heavy${priority}`,
    priority,
    statement: {
      regexMatchStatement: { regexString: heavy(400 + priority), fieldToMatch, textTransformations: NONE },
    },
    action,
  }));
  const acl = webAclOf({ defaultAction, rules });
  const before = process.threadCpuUsage();
  const { status } = await callOf(route, { method: "POST", path: "/a", body }, { ports: behind(acl) });
  const { user, system } = process.threadCpuUsage(before);
  return { status, tookMs: (user + system) / 1000 };
}

it.each([
  ["a body", { body: {} }, `c${texts.join("").replaceAll("c", "")}`],
  ["many texts of JSON", { jsonBody: ALL }, JSON.stringify(texts)],
])("patterns on %s take their time together, and then block but do not allow", async (_what, field, body) => {
  const blocked = await through(field, body, { block: {} }, { allow: {} });
  const allowed = await through(field, body, { allow: {} }, { block: {} });
  expect([blocked.status, allowed.status]).toEqual([403, 403]);
  // The time of patterns is 50 ms, which each of the 20 would take alone; a busy machine adds collections of garbage.
  expect(Math.max(blocked.tookMs, allowed.tookMs)).toBeLessThan(500);
});

describe("patterns that take too long do not let a call pass by what their rules add", () => {
  const body = `c${texts.join("").replaceAll("c", "")}`;
  const count = { count: {} };
  const slow = (action: object, more: object = {}) =>
    Array.from({ length: 8 }, (_, priority) => ({
      name: `slow${priority}`,
      priority,
      statement: {
        regexMatchStatement: {
          regexString: heavy(400 + priority),
          fieldToMatch: { body: {} },
          textTransformations: NONE,
        },
      },
      action,
      ...more,
    }));
  const labelled = { labelMatchStatement: { scope: "LABEL", key: "known" } };
  const last = (statement: object, action: object) => ({ name: "last", priority: 9, statement, action });
  const unlessLabelled = last({ notStatement: { statement: labelled } }, { block: {} });
  const ruleLabels = [{ name: "known" }];
  const passed = { count: { customRequestHandling: { insertHeaders: [{ name: "known", value: "yes" }] } } };
  const group = {
    name: "group",
    priority: 0,
    statement: { ruleGroupReferenceStatement: { arn: "own" } },
    overrideAction: { count: {} },
  };
  const marking = { name: "mark", priority: 8, statement: sizeOfPath, action: count, ruleLabels };

  it.each<[string, object, Record<string, object>?]>([
    [
      "a label that a rule allows",
      {
        defaultAction: { block: {} },
        rules: [...slow(count, { ruleLabels }), last(labelled, { allow: {} })],
      },
    ],
    [
      "a label without which a rule blocks",
      { defaultAction: { allow: {} }, rules: [...slow(count, { ruleLabels }), unlessLabelled] },
    ],
    ["a header", { defaultAction: { allow: {} }, rules: slow(passed) }],
    [
      "a label of the rest of a group that only counts",
      {
        defaultAction: { allow: {} },
        rules: [
          group,
          last(
            { labelMatchStatement: { scope: "NAMESPACE", key: "awswaf:000000000000:rulegroup:own:" } },
            { block: {} },
          ),
        ],
      },
      { own: { rules: [...slow({ block: {} }), marking] } },
    ],
  ])("%s", async (_what, spec, ruleGroups = {}) => {
    const ports = behind(webAclOf(spec, { ruleGroups }));
    expect((await callOf(route, { method: "POST", path: "/a", body }, { ports })).status).toBe(403);
  });

  it("a rule that only counts is passed", async () => {
    const ports = behind(webAclOf({ defaultAction: { allow: {} }, rules: slow(count) }));
    expect((await callOf(route, { method: "POST", path: "/a", body }, { ports })).status).toBe(200);
  });
});
