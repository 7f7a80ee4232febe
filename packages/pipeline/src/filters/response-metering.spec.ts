import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { METERED_BODY_MAX_BYTES, METERED_TAIL_BYTES } from "../call/response-meters.ts";
import {
  callOf,
  FUNCTION_URI,
  httpRoute,
  lambda,
  problemsOf,
  restRoute,
  runningRoute,
  type UpstreamResponse,
} from "../kit/index.ts";

const TOKENS = { meter: "custom.tokens", jsonPath: "$.usage.total_tokens" };
const SECONDS = { meter: "custom.seconds", header: "X-Seconds" };
const PROXY = { type: "HTTP_PROXY", uri: "http://llm.example", httpMethod: "POST" };
const json = { "Content-Type": "application/json" };
const events = { "Content-Type": "text/event-stream; charset=utf-8" };
const used = (total_tokens: unknown, more: object = {}) =>
  JSON.stringify({ ...more, usage: { total_tokens } });

/** What a response adds to the meters of its stage: metering adds up all values of an event. */
async function valuesOf(response: UpstreamResponse, meters: readonly object[] = [TOKENS, SECONDS]) {
  const route = restRoute("POST /chat", { integration: PROXY }, { stage: { meters } });
  const { call } = await callOf(route, "POST /chat", { upstream: () => response });
  const sums: Record<string, number> = {};
  for (const { meter, units } of call.meters?.values() ?? []) sums[meter] = (sums[meter] ?? 0) + units;
  return sums;
}

describe("what responses say was used", () => {
  it.each<[string, UpstreamResponse, object]>([
    ["a member of JSON", { headers: json, body: used(42) }, { "custom.tokens": 42 }],
    ["a number as text", { headers: json, body: used("42") }, { "custom.tokens": 42 }],
    ["nothing used", { headers: json, body: used(0) }, { "custom.tokens": 0 }],
    [
      "JSON of another type",
      { headers: { "Content-Type": "application/vnd.api+json;charset=utf-8" }, body: used(7) },
      { "custom.tokens": 7 },
    ],
    [
      "a header, and a member",
      { headers: { ...json, "x-seconds": "3" }, body: used(1) },
      { "custom.tokens": 1, "custom.seconds": 3 },
    ],
    ["a header that is repeated", { headers: { "x-seconds": ["3", "4"] } }, { "custom.seconds": 4 }],
    ["the largest number", { headers: json, body: used(1e9) }, { "custom.tokens": 1e9 }],
    ["a larger number", { headers: json, body: used(1e9 + 1) }, {}],
    ["a fraction", { headers: json, body: used(1.5) }, {}],
    ["a negative number", { headers: json, body: used(-1) }, {}],
    ["text that is no number", { headers: { ...json, "x-seconds": "3s" }, body: used("many") }, {}],
    ["another document", { headers: json, body: '{"usage":null}' }, {}],
    ["a list where an object is expected", { headers: json, body: '{"usage":[1]}' }, {}],
    ["a member of all objects", { headers: json, body: '{"usage":{}}' }, {}],
    ["JSON that ends early", { headers: json, body: '{"usage":{"total_tokens":4' }, {}],
    ["no body", { headers: json }, {}],
    ["another type", { headers: { "Content-Type": "text/plain" }, body: used(42) }, {}],
    [
      "the last of server-sent events that has it",
      {
        headers: events,
        body: `data: {"usage":{"total_tokens":1}}\n\ndata: ${used(42)}\r\n\r\nevent: end\ndata: [DONE]\n\n`,
      },
      { "custom.tokens": 42 },
    ],
    [
      "the last of lines of JSON",
      {
        headers: { "Content-Type": "application/x-ndjson" },
        body: `${used(1)}\n${used(2)}\n{"done":true}\n`,
      },
      { "custom.tokens": 2 },
    ],
    [
      "the end of a long stream",
      { headers: events, body: `${'data: {"delta":"x"}\n\n'.repeat(5_000)}data: ${used(42)}\n\n` },
      { "custom.tokens": 42 },
    ],
    [
      "what is further from the end than is read",
      { headers: events, body: `data: ${used(42)}\n\n${": \n".repeat(METERED_TAIL_BYTES)}` },
      {},
    ],
    [
      "a body of the largest size",
      { headers: json, body: used(42).padEnd(METERED_BODY_MAX_BYTES) },
      { "custom.tokens": 42 },
    ],
    ["a larger body", { headers: json, body: used(42).padEnd(METERED_BODY_MAX_BYTES + 1) }, {}],
  ])("is read from %s", async (_what, response, values) => {
    expect(await valuesOf(response)).toEqual(values);
  });

  it("is read from bodies that upstreams compressed, as clients get them", async () => {
    const headers = { ...json, "Content-Encoding": "gzip" };
    expect(await valuesOf({ headers, body: gzipSync(used(42)) })).toEqual({ "custom.tokens": 42 });
  });

  it("is read from what functions return, and from an API of the second generation", async () => {
    const upstream = lambda(() => ({ statusCode: 200, headers: json, body: used(9) }));
    const integration = { type: "AWS_PROXY", uri: FUNCTION_URI, httpMethod: "POST" };
    const ofFunction = restRoute("GET /a", { integration }, { stage: { meters: [TOKENS] } });
    const ofHttp = httpRoute(
      "GET /a",
      { integrationType: "HTTP_PROXY", integrationUri: "http://x.example", payloadFormatVersion: "1.0" },
      { stage: { meters: [{ ...TOKENS, routes: ["GET /a"] }] } },
    );
    const values = [
      await callOf(ofFunction, "GET /a", { upstream }),
      await callOf(ofHttp, "GET /a", { upstream: () => ({ headers: json, body: used(9) }) }),
    ].map(({ call }) => call.meters?.values());
    expect(values).toEqual([[{ meter: "custom.tokens", units: 9 }], [{ meter: "custom.tokens", units: 9 }]]);
  });

  it("is read from cached responses, which are charged as others are", async () => {
    const stage = {
      meters: [TOKENS],
      cacheClusterEnabled: true,
      methodSettings: { "*/*": { cachingEnabled: true } },
    };
    const call = await runningRoute(
      restRoute("GET /a", { integration: { ...PROXY, httpMethod: "GET" } }, { stage }),
      { upstream: () => ({ headers: json, body: used(5) }) },
    );
    const outcomes = [await call("GET /a"), await call("GET /a")];
    expect(outcomes.map(({ call: one, sent }) => [sent.length, one.meters?.values()])).toEqual([
      [1, [{ meter: "custom.tokens", units: 5 }]],
      [0, [{ meter: "custom.tokens", units: 5 }]],
    ]);
  });

  it("is nothing where the gateway itself responds", async () => {
    const route = restRoute("POST /chat", { integration: PROXY }, { stage: { meters: [SECONDS, TOKENS] } });
    const { call, status } = await callOf(route, "POST /chat", { upstream: () => "network" });
    expect([status, call.meters?.values()]).toEqual([500, []]);
  });

  it("costs routes nothing that no meter is for", async () => {
    const others = { "GET /other": { integration: { ...PROXY, httpMethod: "GET" } } };
    const stage = { meters: [{ ...TOKENS, routes: ["GET /other"] }] };
    const route = restRoute("POST /chat", { integration: PROXY }, { stage, others });
    expect((await callOf(route, "POST /chat")).call.meters).toBeUndefined();
    expect((await callOf(route, "GET /other")).call.meters).toBeDefined();
  });

  it("is asked of routes that the deployment has", async () => {
    const stage = { meters: [SECONDS, { ...TOKENS, routes: ["POST /chat", "GET /chat"] }] };
    expect(await problemsOf(restRoute("POST /chat", { integration: PROXY }, { stage }))).toMatchObject([
      {
        path: "Stage/test.meters[1].routes[1]",
        message: "this deployment has no route 'GET /chat': its calls would not be metered",
      },
    ]);
  });
});
