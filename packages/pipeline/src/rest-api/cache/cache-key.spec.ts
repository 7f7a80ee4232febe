import { describe, expect, it } from "vitest";
import { canonicalName } from "../../call/header-rules.ts";
import {
  generatedRequests,
  restRoute,
  runningRoute,
  type SentRequest,
  type TestedRequest,
} from "../../kit/index.ts";
import { restStateOf } from "../call-state.ts";

const SEED = 1;
const REQUESTS = 700;

/** A cached method whose upstream numbers its responses. */
async function numbered(cacheKeyParameters: readonly string[], more: object = {}, api: object = {}) {
  const sent: SentRequest[] = [];
  const call = await runningRoute(
    restRoute(
      "GET /a",
      {
        integration: {
          type: "HTTP_PROXY",
          httpMethod: "GET",
          uri: "http://pets.example",
          cacheKeyParameters,
          ...more,
        },
        requestParameters: { "method.request.querystring.q": false, "method.request.header.X-Own": false },
      },
      {
        api,
        stage: {
          cacheClusterEnabled: true,
          cacheClusterSize: "0.5",
          methodSettings: { "*/*": { cachingEnabled: true } },
        },
      },
    ),
    { upstream: (request) => ({ body: String(sent.push(request) - 1) }) },
  );
  return { call, sent };
}

/** All that an upstream can read of the declared parameters. */
function upstreamInput(request: TestedRequest, headers: readonly string[], parameters: readonly string[]) {
  const pairs = Object.entries(request.headers ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value]),
  );
  const sent = request.path?.split("?")[1] ?? "";
  // Some servers know `;` as a separator, and some do not.
  const queries = [sent, sent.replaceAll(";", "&")].map((query) => new URLSearchParams(query));
  return JSON.stringify([
    headers.map((wanted) => pairs.filter(([name]) => canonicalName(name ?? "") === canonicalName(wanted))),
    parameters.map((name) => queries.map((query) => query.getAll(name))),
  ]);
}

describe("callers who share a response sent the same parameters", () => {
  it.each([
    ["a header", ["method.request.header.X-Own"], ["X-Own"], []],
    ["all values of a header", ["method.request.multivalueheader.X-Own"], ["X-Own"], []],
    ["a query parameter", ["method.request.querystring.q"], [], ["q"]],
    ["both", ["method.request.header.X-Own", "method.request.querystring.q"], ["X-Own"], ["q"]],
  ])("%s", async (_what, parameters, headers, query) => {
    const { call, sent } = await numbered(parameters);
    const made: TestedRequest[] = [];
    let shared = 0;
    for (const request of generatedRequests(SEED, REQUESTS, { headers, parameters: query, path: "/a" })) {
      const { body, call: done } = await call(request);
      if (restStateOf(done)?.cacheOutcome === "hit") shared++;
      else made[sent.length - 1] = request;
      expect(upstreamInput(made[Number(body)] as TestedRequest, headers, query)).toBe(
        upstreamInput(request, headers, query),
      );
    }
    expect(shared).toBeGreaterThan(REQUESTS / 50);
  });
});

describe("callers who ask for different forms of a response", () => {
  const accepting = (Accept: string) => ({ path: "/a", headers: { Accept } });
  it("have an entry each where the gateway gives it its form", async () => {
    const templates = { "application/json": "{}", "text/plain": "plain" };
    const { call } = await numbered([], {
      type: "HTTP",
      integrationResponses: { "200": { responseTemplates: templates } },
    });
    const bodies = [];
    for (const type of ["text/plain", "application/json", "text/plain"])
      bodies.push((await call(accepting(type))).body);
    expect(bodies).toEqual(["plain", "{}", "plain"]);
  });

  it("share it where the upstream does", async () => {
    const { call, sent } = await numbered([]);
    for (const type of ["text/plain", "application/json"]) await call(accepting(type));
    expect(sent).toHaveLength(1);
  });

  it("have it as bytes or as text, as the API's binary types say", async () => {
    const { call, sent } = await numbered([], {}, { binaryMediaTypes: ["image/png"] });
    for (const type of ["image/png", "image/jpeg", "image/png", "text/html"]) await call(accepting(type));
    expect(sent).toHaveLength(2);
  });
});
