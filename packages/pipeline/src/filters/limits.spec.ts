import { describe, expect, it } from "vitest";
import { nullPorts } from "../engine/ports.ts";
import {
  callOf,
  httpRoute,
  restRoute,
  runningRoute,
  type TestedRequest,
  type TestedRoute,
} from "../kit/index.ts";

const method = { integration: { type: "HTTP_PROXY", httpMethod: "ANY", uri: "http://pets.example" } };
const integration = {
  integrationType: "HTTP_PROXY",
  integrationMethod: "ANY",
  integrationUri: "http://pets.example",
  payloadFormatVersion: "1.0",
};
const EDGE = { api: { endpointConfiguration: { types: ["EDGE"] } } };
const REGIONAL = { api: { endpointConfiguration: { types: ["REGIONAL"] } } };
const regional = restRoute("ANY /{proxy+}", method, REGIONAL);
const edge = restRoute("ANY /{proxy+}", method, EDGE);
const http = httpRoute("ANY /{proxy+}", integration);

/** A path that makes the whole URL `bytes` long. */
const pathOf = ({ basePath }: TestedRoute, bytes: number) => `/${"x".repeat(bytes - basePath.length - 1)}`;
const outcomeOf = async (route: TestedRoute, request: TestedRequest) => {
  const { status, body, sent } = await callOf(route, request);
  return {
    status,
    isSent: sent.length === 1,
    message: body === "" ? "" : (JSON.parse(body) as { message: string }).message,
  };
};
const passed = { status: 200, isSent: true, message: "" };

describe("the limit of a URL", () => {
  it.each([
    ["a regional REST API", regional, 10_240, passed],
    [
      "a regional REST API",
      regional,
      10_241,
      { status: 414, isSent: false, message: "Request URI too long" },
    ],
    ["an edge-optimized REST API", edge, 8_192, passed],
    [
      "an edge-optimized REST API",
      edge,
      8_193,
      { status: 414, isSent: false, message: "Request URI too long" },
    ],
    ["an HTTP API", http, 10_240, passed],
    ["an HTTP API", http, 10_241, { status: 414, isSent: false, message: "Request URI too long" }],
  ])("%s: %s %i bytes", async (_what, route, bytes, wanted) => {
    expect(await outcomeOf(route, { path: pathOf(route, bytes) })).toEqual(wanted);
  });
});

describe("the limit of headers, names and values together", () => {
  // The kit itself sends Host: api123.execute-api.example.
  const own = "Host".length + "api123.execute-api.example".length + "x".length;
  it.each([
    ["a REST API", regional, 10_240, passed],
    [
      "a REST API",
      regional,
      10_241,
      { status: 431, isSent: false, message: "Request Header Fields Too Large" },
    ],
    ["an HTTP API", http, 10_240, passed],
    ["an HTTP API", http, 10_241, { status: 431, isSent: false, message: "Request Header Fields Too Large" }],
  ])("%s: %s %i bytes", async (_what, route, bytes, wanted) => {
    expect(await outcomeOf(route, { path: "/a", headers: { x: "v".repeat(bytes - own) } })).toEqual(wanted);
  });
});

describe("the limit of a payload", () => {
  const MAX = 10 * 1024 * 1024;
  it.each([
    ["a REST API", regional, MAX, passed],
    ["a REST API", regional, MAX + 1, { status: 413, isSent: false, message: "Request Too Long" }],
    ["an HTTP API", http, MAX, passed],
    ["an HTTP API", http, MAX + 1, { status: 413, isSent: false, message: "Request Entity Too Large" }],
  ])("%s: %s %i bytes", async (_what, route, bytes, wanted) => {
    const request = { method: "POST", path: "/a", body: Buffer.alloc(bytes) };
    expect(await outcomeOf(route, request)).toEqual(wanted);
  });
});

describe("throttling", () => {
  const ACCOUNT = { rateLimit: 7, burstLimit: 8 };
  const REGION = { rateLimit: 9, burstLimit: 10 };
  const rest = (settings: object) =>
    restRoute("GET /a", method, {
      account: { throttle: ACCOUNT },
      stage: { methodSettings: { "*/*": settings } },
    });
  const ofHttp = (settings: object) =>
    httpRoute("GET /a", integration, {
      account: { throttle: ACCOUNT },
      stage: { defaultRouteSettings: settings },
    });

  it.each([
    ["REST", rest, { throttlingRateLimit: 1, throttlingBurstLimit: 2 }, { rateLimit: 1, burstLimit: 2 }],
    ["REST", rest, { throttlingRateLimit: 1.5 }, { rateLimit: 1.5, burstLimit: 2 }],
    ["REST", rest, { throttlingBurstLimit: 2 }, { rateLimit: Number.MAX_SAFE_INTEGER, burstLimit: 2 }],
    ["REST", rest, {}, undefined],
    ["HTTP", ofHttp, { throttlingRateLimit: 1, throttlingBurstLimit: 2 }, { rateLimit: 1, burstLimit: 2 }],
    ["HTTP", ofHttp, {}, undefined],
  ])(
    "of a route of a %s API with %s %j: the route's %j, the account's, the region's",
    async (_what, routeOf, settings, own) => {
      const taken: unknown[] = [];
      const limiter = {
        ...nullPorts.limiter,
        take: (_bucket: string, throttle: object) => (taken.push(throttle), 0),
      };
      await callOf(routeOf(settings), "GET /a", { ports: { limiter, regionThrottle: REGION } });
      expect(taken).toEqual([...(own ? [own] : []), ACCOUNT, REGION]);
    },
  );

  it.each([
    ["REST", rest({ throttlingRateLimit: 1 })],
    ["HTTP", ofHttp({ throttlingRateLimit: 1 })],
  ])("refuses with 429 what a %s API has no token for, and sends nothing", async (_what, route) => {
    let left = 4;
    const limiter = { ...nullPorts.limiter, take: async () => (left-- > 0 ? 0 : 1_500) };
    const call = await runningRoute(route, { ports: { limiter } });
    const outcomes = [await call("GET /a"), await call("GET /a"), await call("GET /a")];
    expect(outcomes.map(({ status, sent }) => [status, sent.length])).toEqual([
      [200, 1],
      [200, 1],
      [429, 0],
    ]);
    expect(JSON.parse(outcomes[2]?.body ?? "")).toEqual({ message: "Too Many Requests" });
    expect(outcomes[2]?.headers["retry-after"]).toBe("2");
  });

  it("keeps the buckets of routes, stages and APIs apart", async () => {
    const buckets: string[] = [];
    const limiter = { ...nullPorts.limiter, take: (bucket: string) => (buckets.push(bucket), 0) };
    await callOf(rest({ throttlingRateLimit: 1 }), "GET /a", { ports: { limiter } });
    expect(buckets).toEqual(["method/api123/test/GET/a", "account/000000000000"]);
  });
});
