import { beforeAll, describe, expect, it } from "vitest";
import type { GatewayReply } from "../../kit/calls.ts";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { tokenAuthorizer } from "../../kit/functions.ts";
import { freePort } from "../../kit/process.ts";
import { mock } from "../../kit/rest-api.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway({ functions: ["authorizer"] });
let api: string;
const KEY = "the-key-of-the-order-spec";

/** A call that does everything right. */
const GOOD = {
  method: "POST",
  path: "/a?needed=1",
  body: '{"name": "x"}',
  headers: { Authorization: "allow", "x-api-key": KEY, "Content-Type": "application/json" },
};
const call = (
  change: { path?: string; body?: string; method?: string; headers?: Record<string, string> } = {},
) => {
  const { path, ...options } = { ...GOOD, ...change, headers: { ...GOOD.headers, ...change.headers } };
  return gateway.invoke(api, path, options);
};

beforeAll(async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  api = await gateway.deploy(
    {
      "POST /a": {
        authorizationType: "CUSTOM",
        authorizerId: "auth",
        apiKeyRequired: true,
        requestValidatorId: "all",
        requestParameters: { "method.request.querystring.needed": true },
        requestModels: { "application/json": "Named" },
        integration: {
          type: "HTTP",
          uri: nowhere,
          passthroughBehavior: "NEVER",
          requestTemplates: { "application/json": "$input.body" },
        },
      },
      "GET /open": mock("open"),
    },
    {
      api: {
        policy: {
          Statement: [
            { Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*" },
            {
              Effect: "Deny",
              Principal: "*",
              Action: "execute-api:Invoke",
              Resource: "execute-api:/*",
              Condition: { StringEquals: { "aws:UserAgent": "denied" } },
            },
          ],
        },
      },
      stage: { methodSettings: { "a/POST": { throttlingRateLimit: 1000, throttlingBurstLimit: 1000 } } },
      definitions: [
        tokenAuthorizer("auth"),
        { kind: "Model", id: "Named", spec: { schema: '{"type":"object","required":["name"]}' } },
        {
          kind: "RequestValidator",
          id: "all",
          spec: { name: "all", validateRequestBody: true, validateRequestParameters: true },
        },
      ],
    },
  );
  const { revision } = await gateway.apply([
    { kind: "UsagePlan", id: "order", spec: { name: "order", apiStages: [{ apiId: api, stage: "prod" }] } },
    { kind: "ApiKey", id: "order", spec: { enabled: true, value: KEY, usagePlanIds: ["order"] } },
  ]);
  await gateway.wait(revision);
});

const told = ({ status, headers }: GatewayReply) => `${status} ${headers["x-amzn-errortype"]}`;

/** Faults in the order in which AWS meets them; a call with all from one on must be refused for that one. */
const FAULTS = [
  {
    what: "size limits",
    change: { path: `/a?${"q".repeat(10_300)}` },
    refusal: "414 BadRequestException",
  },
  {
    what: "the policy's deny",
    change: { headers: { "User-Agent": "denied" } },
    refusal: "403 AccessDeniedException",
  },
  { what: "the route", change: { method: "PUT" }, refusal: "403 MissingAuthenticationTokenException" },
  {
    what: "authorization",
    change: { headers: { Authorization: "deny" } },
    refusal: "403 AccessDeniedException",
  },
  {
    what: "the API key",
    change: { headers: { "x-api-key": "not-a-key-that-is-known" } },
    refusal: "403 ForbiddenException",
  },
  { what: "parameters", change: { path: "/a" }, refusal: "400 BadRequestException" },
  { what: "the body", change: { body: "{}" }, refusal: "400 BadRequestException" },
  {
    what: "the template's media type",
    change: { headers: { "Content-Type": "text/plain" } },
    refusal: "415 BadRequestException",
  },
] as const;

describe("a call is refused for what comes first (rest §2)", () => {
  it.each(FAULTS.map(({ what, refusal }, i) => ({ what, refusal, i })))(
    "$what: $refusal",
    async ({ i, refusal }) => {
      const all = FAULTS.slice(i).map(({ change }) => change as { headers?: Record<string, string> });
      // Of two faults of one member the earlier one counts.
      const change = Object.assign({}, ...all.toReversed()) as object;
      const headers = Object.assign({}, ...all.toReversed().map((one) => one.headers ?? {})) as Record<
        string,
        string
      >;
      expect(told(await call({ ...change, headers }))).toBe(refusal);
    },
  );

  it("then comes the integration", async () => {
    expect(told(await call())).toBe("500 InternalServerErrorException");
  });

  it("missing parameters are reported before an invalid body", async () => {
    expect((await call({ path: "/a", body: "{}" })).body).toContain(
      "Missing required request parameters: [needed]",
    );
    expect((await call({ body: "{}" })).body).toContain("Invalid request body");
  });

  it("a key's throttle comes before its stage's, which comes before validation", async () => {
    embeddedOnly("each node counts for itself");
    const put = async (plan: object, settings: object) => {
      const { entity } = await gateway.config.get({ kind: "Stage", apiId: api, id: "prod" });
      const stage = JSON.parse(entity?.specJson ?? "") as object;
      const { revision } = await gateway.apply([
        {
          kind: "UsagePlan",
          id: "order",
          spec: { name: "order", apiStages: [{ apiId: api, stage: "prod" }], ...plan },
        },
        {
          kind: "Stage",
          apiId: api,
          id: "prod",
          spec: { ...stage, methodSettings: { "a/POST": settings } },
        },
      ]);
      await gateway.wait(revision);
    };
    const none = { throttlingRateLimit: 0, throttlingBurstLimit: 0 };
    await put({ quota: { limit: 1, period: "DAY" } }, none);
    expect(told(await call({ path: "/a" }))).toBe("429 TooManyRequestsException");
    expect(told(await call({ path: "/a" }))).toBe("429 LimitExceededException");
    await put({}, {});
    expect(told(await call({ path: "/a" }))).toBe("400 BadRequestException");
  });
});
