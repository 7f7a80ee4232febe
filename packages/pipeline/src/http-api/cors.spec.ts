import { describe, expect, it } from "vitest";
import { callOf, httpRoute } from "../kit/index.ts";

const integration = {
  integrationType: "HTTP_PROXY",
  integrationMethod: "ANY",
  integrationUri: "http://pets.example",
  payloadFormatVersion: "1.0",
};
const CORS = {
  allowOrigins: ["https://app.example", "capacitor://*"],
  allowMethods: ["GET", "POST"],
  allowHeaders: ["x-own"],
  exposeHeaders: ["x-shown"],
  maxAge: 60,
};
const called = (
  corsConfiguration: object | undefined,
  request: { method?: string; headers?: Record<string, string> },
) =>
  callOf(
    httpRoute("GET /a", integration, { api: { corsConfiguration } }),
    { path: "/a", ...request },
    {
      upstream: () => ({ headers: { "access-control-allow-origin": "upstream", "x-shown": "1" } }),
    },
  );
/** What of a head is CORS. */
const corsOf = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(access-control-|vary$)/.test(name)));

describe("CORS of an HTTP API", () => {
  it.each([
    ["https://app.example", { "access-control-allow-origin": "https://app.example", vary: "origin" }],
    ["HTTPS://APP.EXAMPLE", { "access-control-allow-origin": "HTTPS://APP.EXAMPLE", vary: "origin" }],
    ["capacitor://anything", { "access-control-allow-origin": "capacitor://anything", vary: "origin" }],
    ["https://other.example", {}],
  ])("a call from %s", async (origin, wanted) => {
    const exposed = "vary" in wanted ? { "access-control-expose-headers": "x-shown" } : {};
    expect(corsOf(await called(CORS, { headers: { origin } }))).toEqual({ ...wanted, ...exposed });
  });

  it("takes the place of what the upstream says of it, also without Origin", async () => {
    expect(corsOf(await called(CORS, {}))).toEqual({});
    expect(corsOf(await called(undefined, {}))).toEqual({ "access-control-allow-origin": "upstream" });
  });

  it.each([
    ["* allows all", { allowOrigins: ["*"] }, { "access-control-allow-origin": "*" }],
    [
      "credentials are allowed",
      { ...CORS, allowCredentials: true, exposeHeaders: [] },
      {
        "access-control-allow-origin": "https://app.example",
        "access-control-allow-credentials": "true",
        vary: "origin",
      },
    ],
  ])("where %s", async (_what, cors, wanted) => {
    expect(corsOf(await called(cors, { headers: { origin: "https://app.example" } }))).toEqual(wanted);
  });
});

describe("a preflight", () => {
  const preflight = (origin: string) => ({
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "GET" },
  });

  it("is replied to by the gateway", async () => {
    const outcome = await called(CORS, preflight("https://app.example"));
    expect({ status: outcome.status, sent: outcome.sent }).toEqual({ status: 204, sent: [] });
    expect(corsOf(outcome)).toEqual({
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "x-own",
      "access-control-max-age": "60",
      "access-control-expose-headers": "x-shown",
      vary: "origin",
    });
  });

  it("from an origin that is not allowed says nothing of CORS", async () => {
    const outcome = await called(CORS, preflight("https://other.example"));
    expect([outcome.status, corsOf(outcome)]).toEqual([204, {}]);
  });

  it("is a call like any other without CORS", async () => {
    expect((await called(undefined, preflight("https://app.example"))).status).toBe(404);
  });
});
