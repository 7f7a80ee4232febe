import { describe, expect, it } from "vitest";
import { restRoute, runningRoute, type UpstreamResponse } from "../../kit/index.ts";
import { restStateOf } from "../call-state.ts";

/** A running method whose upstream counts its requests; "*" settings cache unless told otherwise. */
function cached(
  { integration = {}, settings = {}, cacheClusterEnabled = true, key = "GET /{id}" },
  respond: (count: number) => UpstreamResponse = (count) => ({ body: String(count) }),
) {
  let count = 0;
  return runningRoute(
    restRoute(
      key,
      {
        integration: { type: "HTTP_PROXY", httpMethod: "ANY", uri: "http://pets.example", ...integration },
        requestParameters: { "method.request.querystring.q": false, "method.request.header.X-Own": false },
      },
      {
        stage: {
          cacheClusterEnabled,
          ...(cacheClusterEnabled ? { cacheClusterSize: "0.5" } : {}),
          methodSettings: {
            "*/*": { cachingEnabled: true, requireAuthorizationForCacheControl: false, ...settings },
          },
        },
      },
    ),
    { upstream: () => respond(++count) },
  );
}
const bodies = async (
  given: Parameters<typeof cached>[0],
  ...requests: Parameters<Awaited<ReturnType<typeof cached>>>[0][]
) => {
  const call = await cached(given);
  const found: string[] = [];
  for (const request of requests) found.push((await call(request)).body);
  return found;
};

describe("a stage's cache", () => {
  const byQuery = { integration: { cacheKeyParameters: ["method.request.querystring.q"] } };
  it.each([
    ["replies again with what it has", {}, ["GET /1", "GET /1"], ["1", "1"]],
    ["has one entry for a method without key parameters", {}, ["GET /1?q=1", "GET /2?q=2"], ["1", "1"]],
    [
      "has an entry for each value of the key parameters",
      byQuery,
      ["GET /1?q=1", "GET /1?q=2", "GET /1?q=1"],
      ["1", "2", "1"],
    ],
    [
      "is not used where the stage has none",
      { cacheClusterEnabled: false },
      ["GET /1", "GET /1"],
      ["1", "2"],
    ],
    [
      "is not used where the settings do not cache",
      { settings: { cachingEnabled: false } },
      ["GET /1", "GET /1"],
      ["1", "2"],
    ],
    [
      "is not used by POST for settings of all methods",
      { key: "POST /{id}" },
      ["POST /1", "POST /1"],
      ["1", "2"],
    ],
    ["keeps nothing for 0 seconds", { settings: { cacheTtlInSeconds: 0 } }, ["GET /1", "GET /1"], ["1", "2"]],
  ])("%s", async (_what, given, requests, wanted) => {
    expect(await bodies(given, ...requests)).toEqual(wanted);
  });

  it("says whether it had a response", async () => {
    const call = await cached({});
    expect([
      restStateOf((await call("GET /1")).call)?.cacheOutcome,
      restStateOf((await call("GET /1")).call)?.cacheOutcome,
    ]).toEqual(["miss", "hit"]);
  });

  it("keeps no errors, and no headers of one call", async () => {
    const call = await cached({}, (count) => ({
      status: count === 1 ? 500 : 200,
      headers: { "X-Kept": "1" },
      body: String(count),
    }));
    const outcomes = [await call("GET /1"), await call("GET /1"), await call("GET /1")];
    expect(outcomes.map(({ body }) => body)).toEqual(["1", "2", "2"]);
    const ids = outcomes.map(({ headers }) => headers["x-amzn-requestid"]);
    expect(new Set(ids).size).toBe(3);
    expect(outcomes[2]?.headers["x-kept"]).toBe("1");
  });
});

describe("Cache-Control: max-age=0", () => {
  const fresh = { path: "/1", headers: { "Cache-Control": "max-age=0" } };
  const strict = (strategy: string) => ({
    settings: { requireAuthorizationForCacheControl: true, unauthorizedCacheControlHeaderStrategy: strategy },
  });
  it.each([
    ["makes the response again where anybody may", {}, 200, "2", undefined],
    ["is refused", strict("FAIL_WITH_403"), 403, undefined, undefined],
    ["is ignored, with a warning", strict("SUCCEED_WITH_RESPONSE_HEADER"), 200, "1", /was not invalidated/],
    ["is ignored", strict("SUCCEED_WITHOUT_RESPONSE_HEADER"), 200, "1", undefined],
  ])("%s", async (_what, given, status, body, warning) => {
    const call = await cached(given);
    await call("GET /1");
    const outcome = await call(fresh);
    expect(outcome.status).toBe(status);
    if (body !== undefined) expect(outcome.body).toBe(body);
    if (warning) expect(outcome.headers.warning).toMatch(warning);
    else expect(outcome.headers.warning).toBeUndefined();
  });
});
