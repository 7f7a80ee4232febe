import { describe, expect, it } from "vitest";
import type { UsagePlanConfig } from "@tollgate/config";
import { nullPorts, type Ports } from "../engine/ports.ts";
import { callOf, FUNCTION_URI, lambda, restRoute } from "../kit/index.ts";
import type { ApiKeyRecord } from "../runtime/directory.ts";

const method = (more: object = {}) => ({
  integration: { type: "HTTP_PROXY", httpMethod: "GET", uri: "http://pets.example" },
  apiKeyRequired: true,
  ...more,
});
const KEY: ApiKeyRecord = {
  id: "key1",
  enabled: true,
  usagePlanIds: ["plan1"],
  quotaGrants: {},
  customerId: "acme",
};
const PLAN: UsagePlanConfig = {
  accountId: "000000000000",
  id: "plan1",
  apiStages: [{ apiId: "api123", stage: "test", throttle: {} }],
  throttle: undefined,
  quota: undefined,
};

interface Given {
  readonly key?: ApiKeyRecord | undefined;
  readonly plan?: UsagePlanConfig | undefined;
  readonly limiter?: Partial<Ports["limiter"]>;
}

const portsWith = ({ key = KEY, plan = PLAN, limiter }: Given): Partial<Ports> => ({
  directory: { ...nullPorts.directory, apiKey: (_account, value) => (value === "secret" ? key : undefined) },
  usagePlan: (_account, id) => (id === plan?.id ? plan : undefined),
  limiter: { ...nullPorts.limiter, ...limiter },
});
const callWith = (given: Given, headers: Record<string, string> = { "x-api-key": "secret" }) =>
  callOf(restRoute("GET /a", method()), { path: "/a", headers }, { ports: portsWith(given) });

describe("a method that asks for an API key", () => {
  it("takes a key of a usage plan with this stage, and says whose call it is", async () => {
    const { status, call } = await callWith({});
    expect(status).toBe(200);
    expect(call.apiKey).toEqual({
      id: "key1",
      value: "secret",
      usagePlanId: "plan1",
      customerId: "acme",
    });
  });

  it.each([
    ["no key", {}, {}],
    ["an unknown key", {}, { "x-api-key": "other" }],
    ["a disabled key", { key: { ...KEY, enabled: false } }, undefined],
    ["a key without a plan", { key: { ...KEY, usagePlanIds: [] } }, undefined],
    [
      "a plan of another stage",
      { plan: { ...PLAN, apiStages: [{ apiId: "api123", stage: "other", throttle: {} }] } },
      undefined,
    ],
    [
      "a plan of another API",
      { plan: { ...PLAN, apiStages: [{ apiId: "other1", stage: "test", throttle: {} }] } },
      undefined,
    ],
  ])("refuses %s with 403 Forbidden", async (_what, given, headers) => {
    const { status, body, sent } = await callWith(given, headers);
    expect({ status, body, sent }).toEqual({ status: 403, body: '{"message":"Forbidden"}', sent: [] });
  });

  it("takes the plan's throttle for the method, then that for all, then the quota", async () => {
    const used: string[] = [];
    const limit = { rateLimit: 1, burstLimit: 1 };
    const plan: UsagePlanConfig = {
      ...PLAN,
      apiStages: [{ apiId: "api123", stage: "test", throttle: { "/a/GET": limit } }],
      throttle: limit,
      quota: { limit: 5, period: "DAY", offset: 0 },
    };
    const limiter = {
      take: (bucket: string) => (used.push(bucket), 0),
      use: (counter: string, { period, limit: max }: { period: string; limit: number }) => (
        used.push(`${counter} ${period} ${max}`), true
      ),
    };
    await callWith({ plan, limiter });
    const owner = "000000000000/plan1/key1";
    expect(used).toEqual([
      `plan-method/${owner}/api123/test/a/GET`,
      `plan/${owner}`,
      `${owner} DAY-2026-01-02 5`,
    ]);
  });

  it.each([
    ["throttle", { take: () => 1 }, "Too Many Requests"],
    ["quota", { use: () => false }, "Limit Exceeded"],
  ])("refuses a call beyond the %s of its key with 429", async (_what, limiter, message) => {
    const quota = { limit: 5, period: "DAY", offset: 0 } as const;
    const plan: UsagePlanConfig = { ...PLAN, throttle: { rateLimit: 1, burstLimit: 1 }, quota };
    const { status, body, call } = await callWith({ plan, limiter });
    expect({ status, body: JSON.parse(body) }).toEqual({ status: 429, body: { message } });
    expect(call.apiKey?.usagePlanId).toBe("");
  });

  it("takes the key that an authorizer names where the API says so", async () => {
    const policyDocument = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }],
    };
    const answer = { principalId: "me", policyDocument, usageIdentifierKey: "secret" };
    const authorizer = {
      name: "a",
      type: "TOKEN",
      authorizerUri: FUNCTION_URI,
      identitySource: "method.request.header.Authorization",
    };
    const route = restRoute("GET /a", method({ authorizationType: "CUSTOM", authorizerId: "auth01" }), {
      api: { apiKeySource: "AUTHORIZER" },
      definitions: { Authorizer: { auth01: authorizer } },
    });
    const { status, call } = await callOf(
      route,
      { path: "/a", headers: { Authorization: "x" } },
      {
        ports: portsWith({}),
        upstream: (request) => (request.body === "" ? {} : lambda(() => answer)(request)),
      },
    );
    expect([status, call.apiKey?.id]).toEqual([200, "key1"]);
  });
});

it("a method that asks for none does not look at keys", async () => {
  const { status, call } = await callOf(
    restRoute("GET /a", method({ apiKeyRequired: false })),
    { path: "/a", headers: { "x-api-key": "other" } },
    { ports: portsWith({}) },
  );
  expect([status, call.apiKey]).toEqual([200, undefined]);
});
