import { describe, expect, it } from "vitest";
import { behind, callOf, restRoute, type TestedRequest, webAclOf } from "../kit/index.ts";

const ARN = "arn:aws:logs:us-east-1:000000000000:log-group:aws-waf-logs-pets";
const visibilityConfig = { sampledRequestsEnabled: false, cloudWatchMetricsEnabled: false, metricName: "m" };
const contains = (searchString: string) => ({
  byteMatchStatement: {
    searchString,
    fieldToMatch: { uriPath: {} },
    textTransformations: [{ priority: 0, type: "NONE" }],
    positionalConstraint: "CONTAINS",
  },
});
const RULES = [
  {
    name: "seen",
    priority: 1,
    statement: contains("pets"),
    action: { count: {} },
    ruleLabels: [{ name: "pet" }],
    visibilityConfig,
  },
  { name: "evil", priority: 2, statement: contains("evil"), action: { block: {} }, visibilityConfig },
];

interface Logged {
  readonly group: string;
  readonly record: { readonly httpRequest: { readonly headers: readonly object[] } };
}

/** The records of a call behind a web ACL that logs as it is said. */
async function recordsOf(logging: object, path: string, request: TestedRequest = {}): Promise<Logged[]> {
  const records: Logged[] = [];
  const webAcl = webAclOf(
    { rules: RULES, logging: { logDestinationConfigs: [ARN], ...logging } },
    {
      logs: {
        open:
          ({ name }) =>
          (_unixMs, message) =>
            void records.push({ group: name, record: JSON.parse(message) as Logged["record"] }),
      },
    },
  );
  const integration = { type: "MOCK", integrationResponses: { "200": {} } };
  await callOf(
    restRoute("GET /{proxy+}", { integration }, { stage: { webAclId: "shield" } }),
    { method: "GET", path, ...request },
    { ports: behind(webAcl) },
  );
  return records;
}

const NONE: Logged = { group: "", record: { httpRequest: { headers: [] } } };

describe("the log of a web ACL", () => {
  it("has a record in AWS's form of each call, without secrets", async () => {
    const headers = {
      "User-Agent": "spec",
      Authorization: "planted",
      Cookie: "planted",
      "X-Api-Key": "planted",
      "X-Vault-Token": "planted",
      Referer: "https://a.example/?access_token=planted&b=c",
    };
    const query =
      "a=b&token=planted&user%5Bpassword%5D=planted&X-Amz-Signature=planted&X-Amz-Security-Token=planted";
    const [{ group, record } = NONE] = await recordsOf({}, `/pets?${query}`, { headers });
    expect(group).toBe("aws-waf-logs-pets");
    expect(record).toMatchObject({
      timestamp: 1_767_323_045_000,
      formatVersion: 1,
      terminatingRuleId: "Default_Action",
      terminatingRuleType: "REGULAR",
      action: "ALLOW",
      httpSourceName: "APIGW",
      httpSourceId: "000000000000:api123:test",
      nonTerminatingMatchingRules: [{ ruleId: "seen", action: "COUNT", ruleMatchDetails: [] }],
      httpRequest: {
        clientIp: "192.0.2.1",
        country: "-",
        uri: "/test/pets",
        args: expect.stringMatching(/^a=b&token=\*+&/),
        httpVersion: "HTTP/1.1",
        httpMethod: "GET",
        requestId: expect.stringMatching(/^[\w-]{15}=$/),
      },
      labels: [{ name: expect.stringMatching(/:pet$/) }],
    });
    expect(record.httpRequest.headers).toContainEqual({ name: "User-Agent", value: "spec" });
    expect(JSON.stringify(record)).not.toContain("planted");
  });

  it("leaves out the fields that it is told to", async () => {
    const redactedFields = [
      { singleHeader: { name: "user-agent" } },
      { uriPath: {} },
      { queryString: {} },
      { method: {} },
    ];
    const [{ record } = NONE] = await recordsOf({ redactedFields }, "/x?secret=1", {
      headers: { "User-Agent": "spec" },
    });
    expect(record.httpRequest).toMatchObject({ uri: "REDACTED", args: "REDACTED", httpMethod: "REDACTED" });
    expect(record.httpRequest.headers).toContainEqual({ name: "User-Agent", value: "REDACTED" });
  });

  it.each([
    ["/evil", "BLOCK", 1],
    ["/fine", "BLOCK", 0],
    ["/pets", "COUNT", 1],
  ])("%s is kept by a filter of %s: %i records", async (path, action, count) => {
    const filters = [
      { behavior: "KEEP", requirement: "MEETS_ANY", conditions: [{ actionCondition: { action } }] },
    ];
    expect(await recordsOf({ loggingFilter: { filters, defaultBehavior: "DROP" } }, path)).toHaveLength(
      count,
    );
  });
});
