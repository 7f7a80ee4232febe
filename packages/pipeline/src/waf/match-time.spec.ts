import { expect, it } from "vitest";
import { behind, callOf, restRoute, webAclOf } from "../kit/index.ts";

const route = restRoute(
  "ANY /{proxy+}",
  { integration: { type: "HTTP_PROXY", uri: "http://pets.example", httpMethod: "POST" } },
  { stage: { webAclId: "shield" } },
);
const NONE = [{ priority: 0, type: "NONE" }];
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
  // The time of patterns is 50 ms; a busy machine adds collections of garbage.
  expect(Math.max(blocked.tookMs, allowed.tookMs)).toBeLessThan(250);
});
