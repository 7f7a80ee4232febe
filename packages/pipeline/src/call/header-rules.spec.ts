import { describe, expect, it } from "vitest";
import {
  callOf,
  FUNCTION_ARN,
  FUNCTION_URI,
  httpRoute,
  lambda,
  restRoute,
  type SentRequest,
  type TestedRoute,
} from "../kit/index.ts";
import { rememberedByName } from "./header-rules.ts";

const url = "http://up.example/";
const http = { integrationType: "HTTP_PROXY", integrationMethod: "ANY", payloadFormatVersion: "1.0" };
const restMapping = { "integration.request.header.X-User": "'mapped'" };
const httpMapping = { "overwrite:header.X-User": "mapped" };

const routes: readonly (readonly [string, TestedRoute])[] = [
  [
    "an HTTP_PROXY integration of a REST API",
    restRoute("GET /", {
      integration: { type: "HTTP_PROXY", httpMethod: "GET", uri: url, requestParameters: restMapping },
    }),
  ],
  [
    "an HTTP_PROXY integration of an HTTP API",
    httpRoute("GET /", { ...http, integrationUri: url, requestParameters: httpMapping }),
  ],
];
const functions: readonly (readonly [string, TestedRoute])[] = [
  ["a function of a REST API", restRoute("GET /", { integration: { type: "AWS_PROXY", uri: FUNCTION_URI } })],
  ...(["1.0", "2.0"] as const).map((payloadFormatVersion): readonly [string, TestedRoute] => [
    `a function of an HTTP API, format ${payloadFormatVersion}`,
    httpRoute("GET /", { integrationType: "AWS_PROXY", integrationUri: FUNCTION_ARN, payloadFormatVersion }),
  ]),
];

/** What the gateway sets or believes, or HTTP keeps between two neighbours, with what a client may try. */
const OWN = [
  "X-Forwarded-Port",
  "X-Forwarded-Proto",
  "X-Amzn-Trace-Id",
  "X-Amzn-Apigateway-Api-Id",
  "Proxy-Authorization",
];
const spellings = (name: string) => [
  name,
  name.toUpperCase(),
  name.toLowerCase(),
  name.replaceAll("-", "_"),
  name.replace("-", "_").toLowerCase(),
];
const forged = Object.fromEntries(OWN.flatMap(spellings).map((name) => [name, "forged"]));

describe.each([...routes, ...functions])("%s", (_what, route) => {
  const world = { upstream: lambda(() => ({ statusCode: 200 })) };

  it.each([undefined, OWN.join(", ")])(
    "sees nothing of the gateway's that a client says (Connection: %s)",
    async (named) => {
      const headers = { ...forged, ...(named === undefined ? {} : { Connection: named }) };
      const { sent } = await callOf(route, { headers }, world);
      const [request] = sent;
      expect(JSON.stringify([request?.headers, request?.body])).not.toContain("forged");
      if (request?.body === "") expect(request.headers).toMatchObject({ "x-forwarded-for": "192.0.2.1" });
      else expect(request?.body).toMatch(/"x-forwarded-for":"192.0.2.1"/i);
    },
  );

  it("sees no imitation of what it is known by: a key, a host, a length", async () => {
    const imitated = [
      "X_Api_Key",
      "x-api_key",
      "Content_Length",
      "content_type",
      "Transfer_Encoding",
      "User_Agent",
    ];
    const headers = Object.fromEntries(imitated.map((name) => [name, "forged"]));
    const { sent } = await callOf(route, { headers: { ...headers, My_Own: "kept" } }, world);
    const text = JSON.stringify([sent[0]?.headers, sent[0]?.body]);
    expect(text).not.toContain("forged");
    expect(text).toContain("kept");
  });
});

/** Each route, and what of its request shows a header: as names in lower case. */
const shownHeaders = ({ headers, body }: { headers: object; body: string }): Record<string, string> => {
  const shown = body === "" ? headers : (JSON.parse(body) as { headers: object }).headers;
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name.toLowerCase(), value]));
};

describe("what is in front of the gateway is kept, and the gateway adds itself", () => {
  const own = "by=_gateway;for=192.0.2.1;host=api123.execute-api.example;proto=https";
  const world = { upstream: lambda(() => ({ statusCode: 200 })) };
  const before = {
    "X-Forwarded-For": ["203.0.113.9, 198.51.100.6", "198.51.100.7"],
    Forwarded: ["for=203.0.113.9", 'for="[2001:db8::7]:80"'],
  };
  const wanted = {
    "x-forwarded-for": "203.0.113.9, 198.51.100.6, 198.51.100.7, 192.0.2.1",
    forwarded: `for=203.0.113.9, for="[2001:db8::7]:80", ${own}`,
  };

  it.each([...routes, ...functions])("by %s", async (_what, route) => {
    const { sent } = await callOf(route, { headers: before }, world);
    expect(shownHeaders(sent[0] as SentRequest)).toMatchObject(wanted);
  });

  it.each([...routes, ...functions])(
    "by %s, where a quoted string of the client would take in what follows",
    async (_what, route) => {
      const { sent } = await callOf(route, { headers: { Forwarded: 'for="203.0.113.9' } }, world);
      expect(shownHeaders(sent[0] as SentRequest).forwarded).toBe(own);
    },
  );

  it.each([...routes, ...functions])("by %s, where nothing was in front", async (_what, route) => {
    const { sent } = await callOf(route, {}, world);
    expect(shownHeaders(sent[0] as SentRequest)["x-forwarded-for"]).toBe("192.0.2.1");
  });
});

describe("a mapping reads what the gateway says of the connection, whatever the client does", () => {
  it.each([
    [
      "of a REST API",
      restRoute("GET /", {
        integration: {
          type: "HTTP_PROXY",
          httpMethod: "GET",
          uri: url,
          requestParameters: {
            "integration.request.header.From": "method.request.header.X-Forwarded-For",
            "integration.request.header.Host-Of": "method.request.header.X-Forwarded-Host",
          },
        },
      }),
    ],
    [
      "of an HTTP API",
      httpRoute("GET /", {
        ...http,
        integrationUri: url,
        requestParameters: {
          "overwrite:header.From": "$request.header.x-forwarded-for",
          "overwrite:header.Host-Of": "$request.header.x-forwarded-host",
        },
      }),
    ],
  ])("%s", async (_what, route) => {
    const headers = { "X-Forwarded-For": "198.51.100.6", "X-Forwarded-Host": "forged" };
    const { sent } = await callOf(route, { headers });
    expect(sent[0]?.headers).toMatchObject({ from: "198.51.100.6, 192.0.2.1" });
    expect(sent[0]?.headers).not.toHaveProperty("host-of");
  });
});

describe.each(routes)("%s", (_what, route) => {
  it("has mapped headers once, whatever spelling a client sends beside them", async () => {
    const headers = { "X-User": "forged", x_user: "forged", "X-USER": "forged", Connection: "X-User" };
    const { sent } = await callOf(route, { headers });
    expect(JSON.stringify(sent[0]?.headers)).not.toContain("forged");
    expect(sent[0]?.headers["x-user"]).toBe("mapped");
  });

  it("is told what the gateway says of the connection by the gateway alone", async () => {
    const headers = Object.fromEntries(
      ["Via", "X-Forwarded-Host", "x_forwarded_host", "x_forwarded_for"].map((name) => [name, "forged"]),
    );
    const { sent } = await callOf(route, { headers });
    expect(JSON.stringify(sent[0]?.headers)).not.toContain("forged");
  });
});

it("what is remembered of names is each one's own, however many there are", () => {
  let made = 0;
  const shouted = rememberedByName((name) => {
    made++;
    return name.toUpperCase();
  });
  const few = ["", "a", "X-Forwarded-Port", "X-Forwarded-Host", "x-forwarded-port"];
  for (let i = 0; i < 3; i++) expect(few.map(shouted)).toEqual(few.map((name) => name.toUpperCase()));
  expect(made).toBe(few.length);
  const many = Array.from({ length: 6_000 }, (_, i) => `x-name-${i}`);
  expect([...many, ...many].map(shouted)).toEqual([...many, ...many].map((name) => name.toUpperCase()));
});
