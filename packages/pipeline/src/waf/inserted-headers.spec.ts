import { describe, expect, it } from "vitest";
import { behind, callOf, restRoute, type TestedRequest, webAclOf } from "../kit/index.ts";

const route = restRoute(
  "ANY /{proxy+}",
  { integration: { type: "HTTP_PROXY", uri: "http://pets.example", httpMethod: "POST" } },
  { stage: { webAclId: "shield" } },
);
const through = (spec: object, request: TestedRequest = {}) =>
  callOf(route, { path: "/pets", ...request }, { ports: behind(webAclOf(spec)) });

const always = {
  byteMatchStatement: {
    searchString: "/",
    fieldToMatch: { uriPath: {} },
    textTransformations: [{ priority: 0, type: "NONE" }],
    positionalConstraint: "CONTAINS",
  },
};
const rule = (statement: object, more: object, name = "r", priority = 0) => ({
  name,
  priority,
  statement,
  ...more,
});

describe("headers that rules insert (waf-api §7)", () => {
  it("are sent once for each name: the last rule that matches says the value", async () => {
    const adding = (name: string, value: string) => ({
      customRequestHandling: {
        insertHeaders: [
          { name, value },
          { name: `own-${value}`, value },
        ],
      },
    });
    const { sent } = await through({
      rules: [
        rule(always, { action: { count: adding("Seen", "first") } }, "first", 1),
        rule(always, { action: { count: adding("seen", "second") } }, "second", 2),
      ],
      defaultAction: { allow: adding("SEEN", "last") },
    });
    const added = Object.entries(sent[0]?.headers ?? {}).filter(([name]) => name.includes("waf"));
    expect(Object.fromEntries(added)).toEqual({
      "x-amzn-waf-own-first": "first",
      "x-amzn-waf-own-last": "last",
      "x-amzn-waf-own-second": "second",
      "x-amzn-waf-seen": "last",
    });
  });

  it("are sent to the upstream, and cannot be sent by clients", async () => {
    const insert = { customRequestHandling: { insertHeaders: [{ name: "seen", value: "yes" }] } };
    const { sent } = await through(
      { rules: [rule(always, { action: { count: insert } })] },
      { headers: { "X-Amzn-Waf-Seen": "no", x_amzn_waf_seen: "no", Connection: "close, X-Amzn-Waf-Seen" } },
    );
    expect(sent[0]?.headers).toMatchObject({ "x-amzn-waf-seen": "yes" });
    expect(Object.keys(sent[0]?.headers ?? {}).filter((name) => name.includes("waf"))).toEqual([
      "x-amzn-waf-seen",
    ]);
  });
});
