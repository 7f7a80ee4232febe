import { describe, expect, it } from "vitest";
import { behind, callOf, restRoute, type TestedRequest, webAclOf } from "@tollgate/pipeline/kit";
import { mergeSamples, WebAclSamples } from "./web-acl-samples.ts";

const path = (searchString: string) => ({
  byteMatchStatement: {
    searchString,
    fieldToMatch: { uriPath: {} },
    textTransformations: [{ priority: 0, type: "NONE" }],
    positionalConstraint: "CONTAINS",
  },
});
const visible = (metricName: string, sampledRequestsEnabled = true) => ({
  visibilityConfig: { sampledRequestsEnabled, cloudWatchMetricsEnabled: false, metricName },
});
const RULES = [
  {
    name: "a",
    priority: 0,
    statement: path("/a"),
    action: { count: { customRequestHandling: { insertHeaders: [{ name: "seen", value: "1" }] } } },
    ruleLabels: [{ name: "found" }],
    ...visible("counted"),
  },
  {
    name: "b",
    priority: 1,
    statement: path("/a/b"),
    action: { block: { customResponse: { responseCode: 429 } } },
  },
  { name: "c", priority: 2, statement: path("/c"), action: { block: {} }, ...visible("hidden", false) },
  {
    name: "g",
    priority: 3,
    statement: { ruleGroupReferenceStatement: { arn: "group" } },
    overrideAction: { none: {} },
    ...visible("group"),
  },
];
const group = { rules: [{ name: "inside", priority: 0, statement: path("/g"), action: { block: {} } }] };
const ARN = "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/shield/";

/** What is sampled of calls through a web ACL. */
async function sampled(requests: readonly (string | TestedRequest)[], spec: object = { rules: RULES }) {
  const samples = new WebAclSamples();
  const route = restRoute(
    "ANY /{proxy+}",
    { integration: { type: "HTTP_PROXY", uri: "http://x.example", httpMethod: "GET" } },
    { stage: { webAclId: "shield" } },
  );
  const ports = behind(webAclOf({ ...spec }, { ruleGroups: { group } }));
  let arn = ARN;
  for (const request of requests) {
    const { call } = await callOf(route, request, { ports });
    arn = call.waf?.webAcl.arn ?? "";
    const observe = call.route && samples.factory(call.route);
    observe?.(call);
  }
  return (metricName: string, limit = 500) =>
    samples.list({ webAclArn: arn, metricName, startUnixMs: 0, endUnixMs: Date.now(), limit });
}

describe("samples of what a web ACL inspected", () => {
  it("are of all calls, those that no rule ended, and those of each rule by its metric", async () => {
    const list = await sampled(["GET /a", "GET /a/b", "GET /c", "GET /g", "GET /z"]);
    const of = (metricName: string) =>
      list(metricName)
        .samples.map(({ sample: { uri, action, nameInGroup } }) => [uri, action, nameInGroup])
        .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
    expect(of("ALL")).toHaveLength(5);
    expect(of("Default_Action")).toEqual([
      ["/test/a", "ALLOW", undefined],
      ["/test/z", "ALLOW", undefined],
    ]);
    expect(of("counted")).toEqual([
      ["/test/a", "COUNT", undefined],
      ["/test/a/b", "COUNT", undefined],
    ]);
    expect(of("b")).toEqual([["/test/a/b", "BLOCK", undefined]]);
    expect(of("hidden")).toEqual([]);
    expect(of("group")).toEqual([["/test/g", "BLOCK", "inside"]]);
  });

  it("have what was inserted, found and responded, and no credentials", async () => {
    const headers = {
      authorization: "secret-1",
      "X-Api-Key": "secret-2",
      Cookie: "s=secret-3",
      "Set-Cookie": "secret-5",
      "X-Vault-Token": "secret-6",
      Referer: "https://a.example/?access_token=secret-7",
    };
    const list = await sampled([
      { path: "/a?token=secret-4", headers },
      { path: "/a/b", headers },
    ]);
    expect(JSON.stringify(list("ALL"))).not.toContain("secret");
    expect(list("ALL").samples.find(({ sample }) => sample.action === "ALLOW")?.sample).toMatchObject({
      method: "GET",
      uri: "/test/a",
      responseCode: undefined,
      inserted: [["x-amzn-waf-seen", "1"]],
      labels: ["awswaf:000000000000:webacl:shield:found"],
      headers: expect.arrayContaining([["authorization", "REDACTED"]]),
    });
    expect(list("b").samples[0]?.sample.responseCode).toBe(429);
  });

  it("are not kept where the web ACL says so, but for rules that do not", async () => {
    const list = await sampled(["GET /a"], { rules: RULES, ...visible("acl", false) });
    expect(["ALL", "Default_Action", "counted"].map((name) => list(name).population)).toEqual([0, 0, 1]);
  });

  it("are not large", async () => {
    const list = await sampled([
      { path: `/a${"x".repeat(5_000)}`, headers: { "X-Large": "y".repeat(9_000) } },
    ]);
    expect(JSON.stringify(list("ALL")).length).toBeLessThan(6_000);
    const named = await sampled([{ path: "/a", headers: { [`X-${"n".repeat(9_000)}`]: "y" } }]);
    expect(JSON.stringify(named("ALL")).length).toBeLessThan(6_000);
  });
});

it("samples of several nodes are joined, the last one first, and those that stay stand for the others", () => {
  const part = (from: number, count: number) => ({
    population: 10 * count,
    samples: Array.from({ length: count }, (_, i) => ({
      sample: { unixMs: from + 2 * i } as never,
      weight: 10,
    })),
  });
  const { population, samples } = mergeSamples([part(0, 50), part(1, 50)], 10);
  expect([population, samples.length, samples[0]?.weight]).toEqual([1_000, 10, 100]);
  const times = samples.map(({ sample }) => (sample as { unixMs: number }).unixMs);
  expect(times).toEqual([99, 89, 79, 69, 59, 49, 39, 29, 19, 9]);
});
