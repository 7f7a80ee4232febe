import { describe, expect, it } from "vitest";
import { callOf, FUNCTION_URI, httpRoute, restRoute, type TestedRoute } from "../kit/index.ts";
import { protectionOf } from "./resolved-route.ts";

const UPSTREAM = "http://up.example";
const IAM = { authorizationType: "AWS_IAM" };

const restApi = (protection: object = IAM, more: object = {}): TestedRoute => {
  const to = (uri: string) => ({
    integration: {
      type: "HTTP_PROXY",
      uri: `${UPSTREAM}${uri}`,
      httpMethod: "GET",
      requestParameters: Object.fromEntries(
        [...uri.matchAll(/\{(\w+)\}/g)].map(([, name]) => [
          `integration.request.path.${name}`,
          `method.request.path.${name}`,
        ]),
      ),
    },
  });
  return restRoute("GET /{proxy+}", to("/{proxy}"), {
    others: {
      "GET /admin": { ...to("/admin"), ...protection },
      "GET /a/{id}": to("/a/{id}"),
      "GET /a/b/{rest+}": { ...to("/a/b/{rest}"), ...protection },
      "GET /f/{proxy+}": { integration: { type: "AWS_PROXY", uri: FUNCTION_URI } },
      "GET /f/admin": { ...to("/f/admin"), ...protection },
      ...more,
    },
  });
};

const httpApi = (protection: object = IAM): TestedRoute => {
  const integration = (integrationUri: string) => ({
    integrationType: "HTTP_PROXY",
    integrationMethod: "ANY",
    payloadFormatVersion: "1.0",
    integrationUri: `${UPSTREAM}${integrationUri}`,
  });
  const uris = {
    "GET /admin": "/admin",
    "GET /a/{id}": "/a/{id}",
    "GET /a/b/{rest+}": "/a/b/{rest}",
    $default: "",
  };
  return httpRoute("$default", integration(""), {
    api: {
      integrations: Object.fromEntries(Object.values(uris).map((uri, i) => [`i${i}`, integration(uri)])),
      routes: Object.fromEntries(
        Object.keys(uris).map((routeKey, i) => [
          `r${i}`,
          {
            routeKey,
            target: `integrations/i${i}`,
            ...(routeKey === "GET /admin" || routeKey.includes("/b/") ? protection : {}),
          },
        ]),
      ),
    },
  });
};

describe.each([
  ["REST", restApi],
  ["HTTP", httpApi],
])("a path of a %s API that an upstream may resolve to another route's", (_protocol, api) => {
  it.each(["/admin", "/a/b/c"])("%s itself is protected", async (path) => {
    const { status, sent } = await callOf(api(), `GET ${path}`);
    expect([status, sent]).toEqual([403, []]);
  });

  it.each([
    "/%61dmin",
    "//admin",
    "/%2Fadmin",
    "/%2fadmin",
    "/%5Cadmin",
    "/a/b%2Fc",
    "/a//b/c",
    "/a/%62%2fc",
    "/x/../admin",
    "/a/..%2fadmin",
    "/admin/",
    "/admin//",
    "/Admin",
    "/ADMIN/",
    "/admin;x",
    "/admin;x=1/",
    "/;/admin",
    "/admin%3Bx",
    "/%41dmin;%2F",
    "/a/B/c;d",
    "/%2561dmin",
  ])("%s does not get past that", async (path) => {
    const { status, sent } = await callOf(api(), `GET ${path}`);
    expect(sent).toEqual([]);
    // REST APIs route slashes that follow one another, and both route encoded letters, to the route itself.
    expect([400, 403]).toContain(status);
  });

  it.each(["/a/x%2Fy", "/x%2Fy//z", "/a/b", "/x%3Ay", "/a/X;y", "/Ab", "/x/y"])(
    "%s is sent as it came: nothing protects another path",
    async (path) => {
      const { status, sent } = await callOf(api(), `GET ${path}`);
      expect([status, sent.map(({ url }) => url)]).toEqual([200, [`${UPSTREAM}${path}`]]);
    },
  );

  it("is sent where the other route asks for nothing more", async () => {
    const { status } = await callOf(api({}), "GET /a/b%2Fc");
    expect(status).toBe(200);
  });
});

describe("routes that only letter case tells apart", () => {
  it("are told apart", async () => {
    const uri = `${UPSTREAM}/{x}`;
    const requestParameters = { "integration.request.path.x": "method.request.path.x" };
    const to = { integration: { type: "HTTP_PROXY", uri, httpMethod: "GET", requestParameters } };
    const route = restRoute("GET /pub/{x}", to, { others: { "GET /Pub/{x}": { ...to, ...IAM } } });
    const statuses = await Promise.all(
      ["/pub/a", "/Pub/a"].map(async (path) => (await callOf(route, `GET ${path}`)).status),
    );
    expect(statuses).toEqual([200, 403]);
  });
});

describe("a path of a REST API", () => {
  it("is given to functions as on AWS, who get it undecoded", async () => {
    const { status, sent } = await callOf(restApi(), "GET /f/%2Fadmin");
    expect(status).toBe(502);
    expect(sent[0]?.body).toContain('"path":"/f/%2Fadmin"');
  });
});

describe("the protection of a route", () => {
  const route = { resourcePath: "/a", httpMethod: "GET" };
  const asked = { authorizationType: "JWT", authorizerId: "x", authorizationScopes: ["s"] };

  it("is nothing where nothing is asked for", () => {
    expect(protectionOf(route, { authorizationType: "NONE", authorizationScopes: [] })).toBe("");
  });

  it("differs by type, authorizer, scopes and key", () => {
    const all = [
      protectionOf(route, { authorizationType: "NONE", authorizationScopes: [], apiKeyRequired: true }),
      protectionOf(route, asked),
      protectionOf(route, { ...asked, authorizerId: "y" }),
      protectionOf(route, { ...asked, authorizationScopes: [] }),
      protectionOf(route, { ...asked, authorizationType: "AWS_IAM" }),
      protectionOf(route, { ...asked, apiKeyRequired: true }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it("is the same for two routes, but not where a function may decide by the route", () => {
    const other = { resourcePath: "/b", httpMethod: "GET" };
    expect(protectionOf(other, asked)).toBe(protectionOf(route, asked));
    const custom = { ...asked, authorizationType: "CUSTOM" };
    expect(protectionOf(other, custom)).not.toBe(protectionOf(route, custom));
  });
});
