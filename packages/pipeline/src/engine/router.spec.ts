import { beforeAll, describe, expect, it } from "vitest";
import type { BasePathMapping } from "@tollgate/config";
import { Call } from "../call/call.ts";
import { fullPath, shownPath } from "../call/call-paths.ts";
import type { PrivateNetwork } from "../call/private-network.ts";
import type { TlsSession } from "../call/tls-session.ts";
import { WholeExchange } from "../call/whole-exchange.ts";
import { API_ID, httpRoute, restRoute, type TestedRoute } from "../kit/index.ts";
import { nullPorts } from "./ports.ts";
import { type LiveDomain, Router } from "./router.ts";
import type { LiveStage } from "./stage.ts";

const method = { integration: { type: "HTTP_PROXY", httpMethod: "ANY", uri: "http://pets.example" } };
const integration = {
  integrationType: "HTTP_PROXY",
  integrationMethod: "ANY",
  integrationUri: "http://pets.example",
  payloadFormatVersion: "1.0",
};
const DISABLED = { api: { disableExecuteApiEndpoint: true } };

const privateApi = (more: object = {}) => ({
  api: { endpointConfiguration: { types: ["PRIVATE"], ...more } },
});
const PRIVATE = privateApi();
const ASSOCIATED = privateApi({ vpcEndpointIds: ["vpce-1a"] });

const router = new Router();
beforeAll(async () => {
  const stageOf = async (route: TestedRoute): Promise<LiveStage> => {
    const outcome = await route.compile(nullPorts);
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
    return outcome.stage;
  };
  const rest = await stageOf(restRoute("ANY /pets/{id}", method));
  const http = await stageOf(httpRoute("ANY /pets/{id}", integration));
  const mapping = (basePath: string, apiId: string, stage?: string) =>
    ({ basePath, apiId, stage }) as BasePathMapping;
  const domain = (
    domainName: string,
    mappings: readonly BasePathMapping[],
    asks: Partial<LiveDomain> = {},
  ): LiveDomain => ({
    domainName,
    owner: "mine",
    mappings,
    wantsClientCertificate: false,
    access: undefined,
    isEdgeOptimized: false,
    isStrict: false,
    ...asks,
  });
  router.generation = {
    stages: new Map([
      [API_ID, new Map([["test", rest]])],
      ["private1", new Map([["test", await stageOf(restRoute("ANY /pets/{id}", method, PRIVATE))]])],
      ["private2", new Map([["test", await stageOf(restRoute("ANY /pets/{id}", method, ASSOCIATED))]])],
      ["http1", new Map([["$default", http]])],
      ["named1", new Map([["test", http]])],
      [
        "both1",
        new Map([
          ["$default", http],
          ["prod", http],
        ]),
      ],
      ["closed1", new Map([["test", await stageOf(restRoute("ANY /pets/{id}", method, DISABLED))]])],
      ["closed2", new Map([["$default", await stageOf(httpRoute("ANY /pets/{id}", integration, DISABLED))]])],
    ]),
    domains: new Map(
      [
        domain("pets.example", [
          mapping("v1/rest", API_ID, "test"),
          mapping("v1", "closed1"),
          mapping("", "http1", "$default"),
        ]),
        domain("ruled.example", [
          {
            ...mapping("", API_ID, "test"),
            headers: [
              [
                { name: "x-version", valueGlob: "beta*" },
                { name: "x-version", valueGlob: "*-rc" },
              ],
              [{ name: "x-team", valueGlob: "*red*" }],
            ],
            keepsPath: true,
          },
          { ...mapping("shop", API_ID, "test"), headers: [], keepsPath: false },
          { ...mapping("pets", API_ID, "test"), headers: [], keepsPath: true },
        ]),
        domain("trusted.example", [mapping("", API_ID, "test")], { wantsClientCertificate: true }),
        domain("*.wild.example", [mapping("", API_ID, "test")], { wantsClientCertificate: true }),
        domain("inside.example", [mapping("", "private1", "test")], {
          access: { admits: ({ network }) => network?.vpcEndpointId === "vpce-1a" },
        }),
        domain("out.example", [mapping("", API_ID, "test")], { access: { admits: () => true } }),
        domain("wrong.example", [mapping("", "private1", "test")]),
        domain("strict.example", [mapping("", API_ID, "test")], { isStrict: true }),
        domain("*.strict.example", [mapping("", API_ID, "test")], { isStrict: true }),
      ].map((one) => [one.domainName, one]),
    ),
  };
});

function placed(
  host: string,
  url: string,
  headers: readonly string[] = [],
  verb = "GET",
  by: Router = router,
  { tls, network }: { readonly tls?: TlsSession | undefined; readonly network?: PrivateNetwork } = {},
) {
  const call = new Call({
    method: verb,
    url,
    headers: ["Host", host, ...headers],
    exchange: new WholeExchange(Buffer.alloc(0)),
    sourceIp: "192.0.2.1",
    protocol: "HTTP/1.1",
    tls,
    network,
    scheme: "http",
    port: 80,
    nowMs: 0,
    unixMs: 0,
  });
  const reply = by.route(call);
  return { call, status: reply?.status, route: call.route?.resourcePath, values: call.parameterValues };
}
const HOST = `${API_ID}.execute-api.us-east-1.amazonaws.com`;
const found = { status: undefined, route: "/pets/{id}", values: ["7"] };
const refused = (status: number) => ({ status, route: undefined, values: [] });

describe("the connection of a call", () => {
  const clientCertificate = { subjectDN: "CN=shop" } as TlsSession["clientCertificate"];
  const session = (serverName: string, domainName?: string, shown = clientCertificate): TlsSession => ({
    serverName,
    domainName,
    domainOwner: domainName && "mine",
    version: "TLSv1.3",
    cipherSuite: "TLS_AES_128_GCM_SHA256",
    clientCertificate: shown,
  });
  const trusted = "trusted.example";
  const wild = "*.wild.example";

  it.each<[string, string, TlsSession | undefined, number | undefined]>([
    ["a trusted certificate", trusted, session(trusted, trusted), undefined],
    ["a trusted certificate, to a wildcard", "a.wild.example", session("b.wild.example", wild), undefined],
    ["none that is trusted", trusted, { ...session(trusted, trusted), clientCertificate: undefined }, 403],
    [
      "one to the account that had the domain before",
      trusted,
      { ...session(trusted, trusted), domainOwner: "theirs" },
      403,
    ],
    ["one to another domain", trusted, session("a.wild.example", wild), 403],
    ["one to a domain below a wildcard of its own", "a.wild.example", session(trusted, trusted), 403],
    ["none, to the certificate of the node", trusted, session("", undefined, undefined), 403],
    ["none, without TLS", trusted, undefined, 403],
    ["none, without TLS, for a health check", trusted, undefined, 403],
    ["one to a domain that asks for none", "pets.example", session(trusted, trusted), undefined],
    ["its own name to a strict domain", "strict.example", session("strict.example"), undefined],
    ["its own name to a strict wildcard", "a.strict.example", session("a.strict.example"), undefined],
    ["another name to a strict domain", "strict.example", session("pets.example"), 403],
    ["another name of the same strict wildcard", "a.strict.example", session("b.strict.example"), 403],
    ["no name to a strict domain", "strict.example", session(""), 403],
    ["nothing to a strict domain, without TLS", "strict.example", undefined, 403],
  ])("that showed %s", (what, host, tls, status) => {
    const path = what.includes("health") ? "/ping" : "/pets/7";
    const rewritten = placed("localhost", `http://${host}${path}`, [], "GET", router, { tls }).status;
    expect([placed(host, path, [], "GET", router, { tls }).status, rewritten]).toEqual([status, status]);
  });
});

describe("the network of a call", () => {
  const named = ["x-apigw-api-id"] as const;
  const endpointHost = "vpce-1a-0123abcd.execute-api.us-east-1.vpce.amazonaws.com";
  const zoneHost = "vpce-1a-0123abcd-us-east-1a.execute-api.us-east-1.vpce.amazonaws.com";
  const hostOf = (api: string) => `${api}.execute-api.us-east-1.amazonaws.com`;
  const networks: Readonly<Record<string, PrivateNetwork | undefined>> = {
    public: undefined,
    "vpce-1a": { vpcEndpointId: "vpce-1a" },
    "vpce-2b": { vpcEndpointId: "vpce-2b" },
    unknown: { vpcEndpointId: undefined },
  };

  it.each<[string, string, readonly string[], string]>([
    ["a private API by its host", hostOf("private1"), [], "vpce-1a vpce-2b unknown"],
    ["a private API by its path", "localhost", [], "vpce-1a vpce-2b unknown"],
    ["a private API by the host of an endpoint", endpointHost, [...named, "private1"], "vpce-1a"],
    ["a private API by the host of a zone of an endpoint", zoneHost, [...named, "private1"], "vpce-1a"],
    ["a private API by its host and an endpoint", hostOf("private1-vpce-1a"), [], ""],
    ["a private API by its host and its endpoint", hostOf("private2-vpce-1a"), [], "vpce-1a"],
    ["a private API by its host and its endpoint, in capitals", hostOf("private2-VPCE-1A"), [], "vpce-1a"],
    ["a private API by its host and another endpoint", hostOf("private2-vpce-2b"), [], ""],
    ["a private API by its private domain", "inside.example", [], "vpce-1a"],
    ["a public API by a private domain", "out.example", [], ""],
    ["a private API by a public domain", "wrong.example", [], ""],
    ["a public API by its host", HOST, [], "public"],
    ["a public API by the host of an endpoint", endpointHost, [...named, API_ID], ""],
    ["a public API by its host and an endpoint", hostOf(`${API_ID}-vpce-1a`), [], ""],
    ["a public API by its domain", "pets.example", [], "public"],
    ["an HTTP API by its host", "http1.execute-api.local", [], "public"],
  ])("leads to %s from", (what, host, headers, from) => {
    const path = what.includes("domain") || host.startsWith("http1") ? "/pets/7" : "/test/pets/7";
    const url = host === "localhost" ? `/_aws/execute-api/private1${path}` : path;
    const letIn = Object.entries(networks).flatMap(([name, network]) => {
      const { status, route } = placed(host, url, headers, "GET", router, network ? { network } : {});
      return status === undefined && route === "/pets/{id}" ? [name] : [];
    });
    expect(letIn.join(" ")).toBe(from);
  });
});

it("a stage that does not exist is not looked for from a private network", () => {
  const from = (network: PrivateNetwork | undefined) =>
    placed("named1.execute-api.local", "/other/pets/7", [], "GET", router, network ? { network } : {}).status;
  expect([from(undefined), from({ vpcEndpointId: "vpce-1a" })]).toEqual([404, 403]);
});

describe("the address of a call", () => {
  it.each([
    ["a host and a stage", HOST, "/test/pets/7", found],
    ["a host with a port, and a query", `${HOST}:8080`, "/test/pets/7?x=/", found],
    ["slashes before the stage", HOST, "//test/pets/7", found],
    ["a path of a host that is no domain", "localhost", `/_aws/execute-api/${API_ID}/test/pets/7`, found],
    ["the stage that is not named", "http1.execute-api.local", "/pets/7", found],
    ["a domain with the longest base path", "pets.example", "/v1/rest/pets/7", found],
    ["a domain with a base path, and the stage in the path", "PETS.example:443", "/v1/test/pets/7", found],
    ["a domain with the empty base path", "pets.example", "/pets/7", found],
    ["a target that names the host", "localhost", "http://pets.example/v1/rest/pets/7", found],
    ["a domain that ends with a dot", "pets.example.:443", "/v1/rest/pets/7", found],
    [
      "no path of a domain",
      "pets.example",
      `/_aws/execute-api/${API_ID}/test/pets/7`,
      { status: undefined, route: "", values: [] },
    ],
    [
      "no path of a domain that the target names",
      "localhost",
      `http://pets.example./_aws/execute-api/${API_ID}/test/pets/7`,
      { status: undefined, route: "", values: [] },
    ],
    ["an unknown host", "localhost", "/test/pets/7", refused(403)],
    ["an unknown API", "other1.execute-api.local", "/test/pets/7", refused(403)],
    ["an unknown stage of a REST API", HOST, "/other/pets/7", refused(403)],
    ["an unknown stage of an HTTP API", "named1.execute-api.local", "/other/pets/7", refused(404)],
    ["a REST API that only its domains lead to", "closed1.execute-api.local", "/test/pets/7", refused(403)],
    ["an HTTP API that only its domains lead to", "closed2.execute-api.local", "/pets/7", refused(404)],
    [
      "no path that an upstream resolves to another base path",
      "pets.example",
      "/v1%2Frest/pets/7",
      refused(400),
    ],
    ["no path that begins with an encoded base path", "pets.example", "/v1%2Fpets/7", refused(400)],
    ["no path with slashes inside a base path", "pets.example", "/v1//rest/pets/7", refused(400)],
    ["no path with a base path in other letters", "pets.example", "/V1/Rest/pets/7", refused(400)],
    ["no path with parameters in a base path", "pets.example", "/v1;x/pets/7", refused(400)],
    [
      "a path with capital letters behind the base path",
      "pets.example",
      "/v1/rest/pets/A;b",
      { ...found, values: ["A;b"] },
    ],
    [
      "no path that is one of another stage elsewhere",
      "both1.execute-api.local",
      "/prod%2Fpets",
      refused(400),
    ],
    [
      "no path that is one of another stage without its parameters",
      "both1.execute-api.local",
      "/prod;x/7",
      refused(400),
    ],
    ["the stage that is not named, beside another", "both1.execute-api.local", "/pets/7", found],
    [
      "a path with an encoded slash that names no stage",
      "both1.execute-api.local",
      "/pets/prod%2Fx",
      { ...found, values: ["prod/x"] },
    ],
    [
      "a path that resolves to the same base path",
      "pets.example",
      "//v1/rest//pets/7%2F8",
      { ...found, values: ["7%2F8"] },
    ],
    ["a path of a domain that the gateway replies to", "pets.example", "/ping", refused(200)],
  ])("is %s", (_what, host, url, wanted) => {
    const { status, route, values } = placed(host, url);
    expect({ status, route, values }).toEqual(wanted);
  });

  it.each([
    ["127.0.0.1:8080", [], true],
    ["[::1]:8080", [], true],
    ["[2001:db8::1]", [], true],
    ["localhost:8080", [], true],
    ["api.LOCALHOST", [], true],
    ["localhost.", [], true],
    ["execute-api.us-east-1.amazonaws.com", [], true],
    ["other1.execute-api.local", [], true],
    ["shop.example", [], false],
    ["shop.example:443", ["other.example"], false],
    ["localhost.shop.example", [], false],
    ["notlocalhost", [], false],
    ["127.0.0.1.shop.example", [], false],
    ["gateway:8080", ["gateway"], true],
    ["gateway.team.svc", ["gateway", "*.svc"], true],
    ["svc", ["*.svc"], false],
    ["shop.example", ["*"], true],
  ])("is a path of the host %s, where %j are listed: %s", (host, pathStyleHosts, wanted) => {
    const by = new Router({ ambiguousPaths: "refuse", pathStyle: true, pathStyleHosts });
    by.generation = router.generation;
    const { status } = placed(host, `/_aws/execute-api/${API_ID}/test/pets/7`, [], "GET", by);
    expect(status).toBe(wanted ? undefined : 403);
  });

  it("is no path of any host where the operator says so", () => {
    const other = new Router({ ambiguousPaths: "refuse", pathStyle: false, pathStyleHosts: [] });
    other.generation = router.generation;
    expect(placed("localhost", `/_aws/execute-api/${API_ID}/test/pets/7`, [], "GET", other).status).toBe(403);
    expect(placed(HOST, "/test/pets/7", [], "GET", other).status).toBeUndefined();
  });
});

describe("the path that functions, templates and logs see", () => {
  const address = `/_aws/execute-api/${API_ID}`;

  it.each([
    [HOST, "/test/pets/7?q=1", "/pets/7", "/test/pets/7"],
    [HOST, "//test//pets/7/", "/pets/7/", "/test//pets/7/"],
    ["localhost", `${address}/test/pets/7`, "/pets/7", "/test/pets/7"],
    ["localhost", `${address}/test`, "/", "/test/"],
    ["pets.example", "/v1/rest/pets/7", "/v1/rest/pets/7", "/v1/rest/pets/7"],
    ["pets.example", "//v1/rest/pets/7", "/v1/rest/pets/7", "/v1/rest/pets/7"],
    ["pets.example", "/v1/test/pets/7", "/v1/test/pets/7", "/v1/test/pets/7"],
    ["pets.example", "/pets/7", "/pets/7", "/pets/7"],
    ["http1.execute-api.local", "/pets/7", "/pets/7", "/pets/7"],
  ])("%s%s: without the stage %s, with it %s", (host, url, shown, full) => {
    const { call } = placed(host, url);
    expect([shownPath(call), fullPath(call)]).toEqual([shown, full]);
  });
});

describe("what a protocol does with a call", () => {
  it.each([
    ["a REST API", HOST, "/test/pets/7", "delete", "DELETE"],
    ["a REST API", HOST, "/test/pets/7", "TRACE", "POST"],
    ["an HTTP API", "http1.execute-api.local", "/pets/7", "DELETE", "POST"],
  ])("%s: %s%s with X-HTTP-Method-Override %s is %s", (_what, host, url, override, wanted) => {
    const { call } = placed(host, url, ["X-HTTP-Method-Override", override], "POST");
    expect([call.method, call.signedMethod]).toEqual([wanted, "POST"]);
  });

  it("a REST API has an id besides the extended one, and takes one that is sent; an HTTP API has one", () => {
    const sent = "01234567-89ab-cdef-0123-456789abcdef";
    expect(placed(HOST, "/test/pets/7").call.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(placed(HOST, "/test/pets/7", ["x-amzn-requestid", sent]).call.requestId).toBe(sent);
    const { call } = placed("http1.execute-api.local", "/pets/7", ["x-amzn-requestid", sent]);
    expect(call.requestId).toBe(call.extendedRequestId);
  });
});

describe("the routing rules of a domain", () => {
  const strayed = { status: undefined, route: "", values: [] };
  it.each([
    ["take a base path off", "/shop/pets/7", [], found],
    ["leave a base path on", "/pets/7", [], found],
    [
      "hold by the beginning of a header, and the middle of another",
      "/shop/pets/7",
      ["X-Version", "beta2", "x-team", "a-red-b"],
      strayed,
    ],
    [
      "hold by the end of a header, any of its values",
      "/shop/pets/7",
      ["x-version", "1", "x-version", "2-rc", "X-Team", "red"],
      strayed,
    ],
    ["hold only if all conditions do", "/shop/pets/7", ["X-Version", "beta2"], found],
    ["distinguish the letters of values", "/shop/pets/7", ["X-Version", "Beta2", "X-Team", "red"], found],
    ["take nothing else", "/shopping", [], refused(403)],
  ])("%s", (_what, url, headers, wanted) => {
    expect(placed("ruled.example", url, headers)).toMatchObject(wanted);
  });
});
