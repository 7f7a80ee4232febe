import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { FUNCTION_URI, httpRoute, lambda, restRoute, runningRoute, type World } from "@tollgate/pipeline/kit";
import {
  AuthorizerOutcome,
  CacheOutcome,
  FreeReason,
  UsageBatchSchema,
  type UsageEvent,
} from "@tollgate/proto/usage";
import { eventMaxBytes, putEvent } from "@tollgate/usage-stream";
import { usageObserver } from "./observer.ts";
import type { Spool } from "./spool.ts";

const MB = 1024 * 1024;
const PROXY = { type: "HTTP_PROXY", uri: "http://x.example", httpMethod: "GET" };
const stage = { tags: { team: "pets", tier: "gold" } };

/** The events of calls as a consumer of the topic reads them. */
async function eventsOf(
  route: Parameters<typeof runningRoute>[0],
  requests: readonly Parameters<Awaited<ReturnType<typeof runningRoute>>>[0][],
  world: World = {},
): Promise<readonly UsageEvent[]> {
  const written: Buffer[] = [];
  const add: Spool["add"] = (key, facts) => {
    const out = Buffer.alloc(eventMaxBytes(facts));
    written.push(out.subarray(0, putEvent(out, 0, key, 1, facts)));
  };
  const call = await runningRoute(route, {
    ...world,
    ports: { ...world.ports, observers: [usageObserver({ add } as Spool, () => 17)] },
  });
  for (const request of requests) await call(request);
  return fromBinary(UsageBatchSchema, Buffer.concat(written)).events;
}

describe("the usage event of a call", () => {
  it("says which region, tags, deployment and config it has, where the stage's tags are above those of its API", async () => {
    const api = { tags: { team: "platform", owner: "o" } };
    const routes = [
      restRoute("GET /a", { integration: PROXY }, { stage, api }),
      httpRoute(
        "GET /a",
        { integrationType: "HTTP_PROXY", integrationUri: "http://x.example", payloadFormatVersion: "1.0" },
        { stage, api: { tags: api.tags } },
      ),
    ];
    for (const route of routes)
      expect(await eventsOf(route, ["GET /a"])).toMatchObject([
        {
          region: "us-east-1",
          configRevision: 17n,
          deploymentId: "deployment1",
          tags: [
            { key: "owner", value: "o" },
            { key: "team", value: "pets" },
            { key: "tier", value: "gold" },
          ],
        },
      ]);
  });

  it("says of which trace it is, and nothing where there is none", async () => {
    const root = "1-5759e988-bd862e3fe1be46a994272793";
    const mock = { integration: { type: "MOCK", requestTemplates: { "application/json": "{}" } } };
    const [sent, none] = await eventsOf(restRoute("GET /a", mock), [
      { path: "/a", headers: { "X-Amzn-Trace-Id": `Root=${root}` } },
      { path: "/a" },
    ]);
    expect([sent?.traceId, none?.traceId]).toEqual([root, ""]);
    const [made] = await eventsOf(restRoute("GET /a", { integration: PROXY }), ["GET /a"]);
    expect(made?.traceId).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  });

  it("says whether the response was passed on as it came, or is from the cache", async () => {
    const cached = {
      ...stage,
      cacheClusterEnabled: true,
      methodSettings: { "*/*": { cachingEnabled: true } },
    };
    const events = await eventsOf(
      restRoute("GET /a", { integration: PROXY }, { stage: cached }),
      ["GET /a", "GET /a"],
      { upstream: () => ({ body: "x" }) },
    );
    expect(events.map(({ cacheOutcome, streamed }) => [cacheOutcome, streamed])).toEqual([
      [CacheOutcome.MISS, true],
      [CacheOutcome.HIT, false],
    ]);
  });

  it.each([
    ["REST", restRoute("POST /a", { integration: { ...PROXY, httpMethod: "POST" } }), 2],
    [
      "HTTP",
      httpRoute("POST /a", {
        integrationType: "HTTP_PROXY",
        integrationUri: "http://x.example",
        integrationMethod: "POST",
        payloadFormatVersion: "1.0",
      }),
      21,
    ],
  ])("says how many units a call of a %s API is", async (_kind, route, units) => {
    const [event] = await eventsOf(route, [{ method: "POST", path: "/a" }], {
      upstream: () => ({ body: Buffer.alloc(10 * MB + 1) }),
    });
    expect(event?.requestUnits).toBe(BigInt(units));
  });

  it("says what the response said was used", async () => {
    const meters = [{ meter: "custom.tokens", jsonPath: "$.tokens" }];
    const events = await eventsOf(
      restRoute("GET /a", { integration: PROXY }, { stage: { meters } }),
      ["GET /a"],
      {
        upstream: () => ({ headers: { "Content-Type": "application/json" }, body: '{"tokens":42}' }),
      },
    );
    expect(events.map(({ meterValues }) => meterValues.map(({ meter, units }) => [meter, units]))).toEqual([
      [["custom.tokens", 42n]],
    ]);
  });

  it("says what its authorizer decided, and why it is free", async () => {
    const definitions = { Authorizer: { auth: { name: "a", type: "TOKEN", authorizerUri: FUNCTION_URI } } };
    const method = { authorizationType: "CUSTOM", authorizerId: "auth", integration: PROXY };
    const policy = (Effect: string) => ({
      principalId: "p",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect, Action: "execute-api:Invoke", Resource: "*" }],
      },
    });
    const results: Record<string, unknown> = { good: policy("Allow"), bad: policy("Deny"), odd: {} };
    const events = await eventsOf(
      restRoute("GET /a", method, { definitions }),
      [
        ...["good", "bad", "odd"].map((token) => ({ path: "/a", headers: { Authorization: token } })),
        { path: "/a" },
        { path: "/nowhere" },
      ],
      {
        upstream: lambda((event) => results[(event as { authorizationToken: string }).authorizationToken]),
      },
    );
    const { ALLOWED, DENIED, FAILED, UNAUTHENTICATED, UNSPECIFIED } = AuthorizerOutcome;
    expect(events.map(({ authorizerOutcome, freeReason }) => [authorizerOutcome, freeReason])).toEqual([
      [ALLOWED, FreeReason.UNSPECIFIED],
      [DENIED, FreeReason.DENIED],
      [FAILED, FreeReason.AUTHORIZER_FAILED],
      [UNAUTHENTICATED, FreeReason.UNAUTHENTICATED],
      [UNSPECIFIED, FreeReason.NO_ROUTE],
    ]);
  });
});
