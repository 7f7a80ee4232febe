import { beforeEach, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../kit/gateway.ts";
import { mock, proxy } from "../../kit/rest-api.ts";
import { type Signer, signed } from "../../kit/signed.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";
import { signerOf, userOf } from "../../kit/user.ts";

const upstream = useUpstream((request, response) => {
  asked++;
  const url = new URL(request.url as string, "http://x");
  const status = Number(url.searchParams.get("status") ?? 200);
  const size = Number(url.searchParams.get("size") ?? 0);
  response.writeHead(status, { "content-type": "text/plain", "x-asked": String(asked) });
  response.end(`${asked} ${request.method} ${url.pathname}`.padEnd(size, "."));
});
const gateway = useGateway({ embeddedOnly: "each node keeps responses for itself" });
let asked = 0;

beforeEach(() => {
  asked = 0;
});

const ON = { cachingEnabled: true, requireAuthorizationForCacheControl: false };
const cached = (settings: object = {}, stage: object = {}) => ({
  stage: {
    cacheClusterEnabled: true,
    cacheClusterSize: "0.5",
    methodSettings: { "*/*": { ...ON, ...settings } },
    ...stage,
  },
});
const to = (path: string, more: object = {}, method: object = {}) => ({
  ...proxy(`${upstream.origin}${path}`, more),
  ...method,
});
const body = async (api: string, path: string, options?: Parameters<Gateway["invoke"]>[2]) =>
  (await gateway.invoke(api, path, options)).body;
const MAX_AGE_0 = { headers: { "Cache-Control": "max-age=0" } };

describe("the response cache of a stage (rest §12)", () => {
  it("serves GET from the first response, body and headers, with a new request id", async () => {
    const api = await gateway.deploy({ "GET /a": to("/a") }, cached());
    const first = await gateway.invoke(api, "/a");
    const second = await gateway.invoke(api, "/a");
    expect([first.body, second.body]).toEqual(["1 GET /a", "1 GET /a"]);
    expect(second.headers["x-asked"]).toBe("1");
    expect(second.headers["content-type"]).toBe("text/plain");
    expect(second.headers["x-amzn-requestid"]).not.toBe(first.headers["x-amzn-requestid"]);
    expect(second.rawHeaders.filter((name) => name.toLowerCase() === "x-amzn-requestid").length).toBe(1);
  });

  it("works for mapped integrations too", async () => {
    const mapped = {
      integration: {
        type: "HTTP",
        httpMethod: "GET",
        uri: `${upstream.origin}/mapped`,
        integrationResponses: {
          "200": { responseTemplates: { "application/json": '{"was": "$input.body"}' } },
        },
      },
    };
    const api = await gateway.deploy({ "GET /a": mapped, "GET /m": mock("$context.requestId") }, cached());
    expect(await body(api, "/a")).toBe('{"was": "1 GET /mapped"}');
    expect(await body(api, "/a")).toBe('{"was": "1 GET /mapped"}');
    expect(await body(api, "/m")).toBe(await body(api, "/m"));
  });

  it.each([
    { what: "a stage without a cache", options: { stage: { methodSettings: { "*/*": ON } } } },
    { what: "caching that is not enabled", options: () => cached({ cachingEnabled: false }) },
    { what: "a TTL of 0", options: () => cached({ cacheTtlInSeconds: 0 }) },
  ])("$what: every call is made", async ({ options }) => {
    const api = await gateway.deploy(
      { "GET /a": to("/a") },
      typeof options === "function" ? options() : options,
    );
    expect([await body(api, "/a"), await body(api, "/a")]).toEqual(["1 GET /a", "2 GET /a"]);
  });

  it("by */* only GET is cached; other methods by their own setting", async () => {
    const methods = { "GET /a": to("/a"), "POST /a": to("/a"), "POST /b": to("/b") };
    const api = await gateway.deploy(methods, cached({}, { methodSettings: { "*/*": ON, "b/POST": ON } }));
    const post = { method: "POST", body: "x" };
    expect([await body(api, "/a", post), await body(api, "/a", post)]).toEqual(["1 POST /a", "2 POST /a"]);
    expect([await body(api, "/b", post), await body(api, "/b", post)]).toEqual(["3 POST /b", "3 POST /b"]);
  });

  it("without key parameters all calls of a method share one entry; declared ones keep them apart", async () => {
    const declared = {
      requestParameters: {
        "method.request.path.id": true,
        "method.request.querystring.q": false,
        "method.request.header.X-H": false,
      },
    };
    const keys = ["method.request.querystring.q", "method.request.header.X-H", "integration.request.path.id"];
    const api = await gateway.deploy(
      {
        "GET /shared/{id}": to("/{id}", {}, declared),
        "GET /apart/{id}": to("/{id}", { cacheKeyParameters: keys }, declared),
      },
      cached(),
    );
    expect([await body(api, "/shared/1?q=1"), await body(api, "/shared/2?q=2")]).toEqual([
      "1 GET /1",
      "1 GET /1",
    ]);
    const apart = (path: string, h = "") => body(api, `/apart${path}`, { headers: h ? { "X-H": h } : {} });
    const first = await apart("/1?q=1", "a");
    expect(await apart("/1?other=9&q=1", "a")).toBe(first);
    for (const other of [apart("/2?q=1", "a"), apart("/1?q=2", "a"), apart("/1?q=1", "b"), apart("/1", "a")])
      expect(await other).not.toBe(first);
    expect(asked).toBe(6);
  });

  it("a namespace can be shared by methods of several resources", async () => {
    const api = await gateway.deploy(
      {
        "GET /a": to("/a", { cacheNamespace: "n" }),
        "GET /b": to("/b", { cacheNamespace: "n" }),
        "GET /c": to("/c"),
      },
      cached(),
    );
    expect([await body(api, "/a"), await body(api, "/b"), await body(api, "/c")]).toEqual([
      "1 GET /a",
      "1 GET /a",
      "2 GET /c",
    ]);
  });

  it("1 MiB is the largest entry; what is larger passes", async () => {
    const api = await gateway.deploy({ "GET /a": to("/a"), "GET /b": to("/b") }, cached());
    const size = async (path: string, bytes: number) =>
      (await gateway.invoke(api, `${path}?size=${bytes}`)).bytes.length;
    expect(await size("/a", 1_048_576)).toBe(1_048_576);
    expect(await size("/a", 1)).toBe(1_048_576);
    expect(await size("/b", 1_048_577)).toBe(1_048_577);
    expect(await size("/b", 20)).toBe(20);
  });

  it("only successful responses are cached", async () => {
    const api = await gateway.deploy({ "GET /a": to("/a") }, cached());
    for (const status of [500, 404, 302])
      expect((await gateway.invoke(api, `/a?status=${status}`)).status).toBe(status);
    expect(await body(api, "/a")).toBe("4 GET /a");
  });

  it("hits pass authorization, keys and throttles, and are counted", async () => {
    const api = await gateway.deploy(
      { "GET /a": to("/a", {}, { apiKeyRequired: true }) },
      { ...cached({ throttlingRateLimit: 0.001, throttlingBurstLimit: 3 }), api: { name: "cachemetrics" } },
    );
    const value = "key-for-the-cached-method";
    const { revision } = await gateway.apply([
      { kind: "UsagePlan", id: "cached", spec: { name: "p", apiStages: [{ apiId: api, stage: "prod" }] } },
      { kind: "ApiKey", id: "cached", spec: { enabled: true, value, usagePlanIds: ["cached"] } },
    ]);
    await gateway.wait(revision);
    const status = async (headers: Record<string, string>) =>
      (await gateway.invoke(api, "/a", { headers })).status;
    const good = { "x-api-key": value };
    expect([await status(good), await status(good), await status({})]).toEqual([200, 200, 403]);
    expect([await status(good), await status(good)]).toEqual([200, 429]);
    expect(asked).toBe(1);
    const metrics = await gateway.metrics();
    const value_ = (name: string) =>
      new RegExp(`^${name}\\w*\\{[^\\n]*ApiName="cachemetrics"[^\\n]* (\\d+)`, "m").exec(metrics)?.[1];
    expect([value_("CacheHitCount"), value_("CacheMissCount"), value_("Count")]).toEqual(["2", "1", "5"]);
  });

  it("a client that accepts compressed responses gets them from the cache too", async () => {
    const api = await gateway.deploy(
      { "GET /a": to("/a") },
      { ...cached(), api: { minimumCompressionSize: 0 } },
    );
    expect(await body(api, "/a")).toBe("1 GET /a");
    const zipped = await gateway.invoke(api, "/a", { headers: { "Accept-Encoding": "gzip" } });
    expect(zipped.headers["content-encoding"]).toBe("gzip");
    expect(asked).toBe(1);
  });

  it("FlushStageCache forgets everything", async () => {
    const api = await gateway.deploy({ "GET /a": to("/a") }, cached());
    expect([await body(api, "/a"), await body(api, "/a")]).toEqual(["1 GET /a", "1 GET /a"]);
    const { revision } = await gateway.deployments.flushStageCache({ apiId: api, stageName: "prod" });
    await gateway.wait(revision);
    expect(await body(api, "/a")).toBe("2 GET /a");
    await expect(gateway.deployments.flushStageCache({ apiId: api, stageName: "none" })).rejects.toThrow(
      /Invalid stage identifier/,
    );
  });

  it.each([
    { useStageCache: false, answers: ["1 GET /a", "2 GET /a"] },
    { useStageCache: true, answers: ["1 GET /a", "1 GET /a"] },
  ])("a canary with useStageCache $useStageCache: $answers", async ({ useStageCache, answers }) => {
    const api = await gateway.deploy({ "GET /a": to("/a") }, cached());
    const { deployments } = await gateway.deployments.listDeployments({ apiId: api });
    const deploymentId = deployments[0]?.id as string;
    const put = async (percentTraffic: number) => {
      const spec = {
        deploymentId,
        ...cached().stage,
        canarySettings: { deploymentId, percentTraffic, useStageCache },
      };
      await gateway.wait((await gateway.apply([{ kind: "Stage", apiId: api, id: "prod", spec }])).revision);
    };
    await put(0);
    const main = await body(api, "/a");
    await put(100);
    expect([main, await body(api, "/a")]).toEqual(answers);
  });

  it.each([
    {
      integration: { cacheKeyParameters: ["method.request.cookie.x"] },
      problem: /cacheKeyParameters: .*must be method/,
    },
    { integration: { cacheKeyParameters: ["integration.request.header.X"] }, problem: /is not mapped/ },
  ])("$problem is refused", async ({ integration, problem }) => {
    await expect(gateway.deploy({ "GET /a": to("/a", integration) }, cached())).rejects.toThrow(problem);
  });

  it.each([
    { settings: { cacheTtlInSeconds: 3601 }, problem: /cacheTtlInSeconds/ },
    {
      settings: { unauthorizedCacheControlHeaderStrategy: "FAIL" },
      problem: /unauthorizedCacheControlHeaderStrategy/,
    },
  ])("$settings is refused", async ({ settings, problem }) => {
    await expect(gateway.deploy({ "GET /a": to("/a") }, cached(settings))).rejects.toThrow(problem);
  });
});

describe("Cache-Control: max-age=0 (rest §12)", () => {
  it.each(["max-age=0", "no-transform, max-age=0", "MAX-AGE = 0"])(
    "%s replaces the entry, for all",
    async (value) => {
      const api = await gateway.deploy({ "GET /a": to("/a") }, cached());
      const renewed = { headers: { "Cache-Control": value } };
      expect([await body(api, "/a"), await body(api, "/a", renewed), await body(api, "/a")]).toEqual([
        "1 GET /a",
        "2 GET /a",
        "2 GET /a",
      ]);
    },
  );

  it("other values do nothing", async () => {
    const api = await gateway.deploy({ "GET /a": to("/a") }, cached());
    await body(api, "/a");
    for (const value of ["max-age=00001", "s-max-age=0", "max-age=05", "no-cache"])
      expect(await body(api, "/a", { headers: { "Cache-Control": value } })).toBe("1 GET /a");
  });

  it.each([
    { strategy: "FAIL_WITH_403", status: 403, warning: undefined },
    {
      strategy: "SUCCEED_WITH_RESPONSE_HEADER",
      status: 200,
      warning: expect.stringMatching(/^199 /) as string,
    },
    { strategy: "SUCCEED_WITHOUT_RESPONSE_HEADER", status: 200, warning: undefined },
  ])("without the permission, $strategy: $status", async ({ strategy, status, warning }) => {
    const settings = {
      requireAuthorizationForCacheControl: true,
      unauthorizedCacheControlHeaderStrategy: strategy,
    };
    const api = await gateway.deploy({ "GET /a": to("/a") }, cached(settings));
    expect(await body(api, "/a")).toBe("1 GET /a");
    const reply = await gateway.invoke(api, "/a", MAX_AGE_0);
    expect([reply.status, reply.headers.warning]).toEqual([status, warning]);
    if (status === 200) expect(reply.body).toBe("1 GET /a");
    else expect(reply.body).toMatch(/anonymous is not authorized to perform: execute-api:InvalidateCache/);
    expect(await body(api, "/a")).toBe("1 GET /a");
  });

  it("with execute-api:InvalidateCache a caller, or anybody by the API's policy, may", async () => {
    const [may, not] = [signerOf("may"), signerOf("not")];
    const user = (id: string, key: Signer, actions: string[]) =>
      userOf(id, key, [{ Effect: "Allow", Action: actions, Resource: "*" }]);
    await gateway.apply([
      user("may", may, ["execute-api:Invoke", "execute-api:InvalidateCache"]),
      user("not", not, ["execute-api:Invoke"]),
    ]);
    const settings = cached({ requireAuthorizationForCacheControl: true });
    const api = await gateway.deploy({ "GET /a": { ...to("/a"), authorizationType: "AWS_IAM" } }, settings);
    const path = `/_aws/execute-api/${api}/prod/a`;
    const call = async (signer: Signer) => (await gateway.call(path, signed(signer, path, MAX_AGE_0))).body;
    expect([await call(not), await call(not), await call(may), await call(not)]).toEqual([
      "1 GET /a",
      "1 GET /a",
      "2 GET /a",
      "2 GET /a",
    ]);
    const policy = {
      Statement: [
        {
          Effect: "Allow",
          Principal: "*",
          Action: ["execute-api:Invoke", "execute-api:InvalidateCache"],
          Resource: "execute-api:/*",
        },
      ],
    };
    const open = await gateway.deploy({ "GET /a": to("/a") }, { ...settings, api: { policy } });
    expect([await body(open, "/a"), await body(open, "/a", MAX_AGE_0)]).toEqual(["3 GET /a", "4 GET /a"]);
  });

  it("the workers of a node forget together", async () => {
    await using node = await startGateway({ TOLLGATE_WORKERS: "2" });
    const api = await node.deploy({ "GET /a": to("/a") }, cached());
    const numberOf = (text: string) => Number(text.split(" ")[0]);
    const oldest = async () => {
      const calls = Array.from({ length: 24 }, async () => numberOf((await node.invoke(api, "/a")).body));
      return Math.min(...(await Promise.all(calls)));
    };
    await oldest();
    const renewed = numberOf((await node.invoke(api, "/a", MAX_AGE_0)).body);
    // Soon no worker returns the old entry: each has the new response, or has fetched its own.
    await expect.poll(oldest).toBeGreaterThanOrEqual(renewed);
  });
});
