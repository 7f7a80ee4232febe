import { expect, it } from "vitest";
import {
  callOf,
  FUNCTION_ARN,
  FUNCTION_URI,
  httpRoute,
  restRoute,
  runningRoute,
  tokenIssuer,
} from "../kit/index.ts";

// Only what a service's endpoint is resolved for may go past the egress policy.
const SERVICE = "http://sqs.us-east-1.example/q";
const uri = "arn:aws:apigateway:us-east-1:sqs:path/q";
const responses = { integrationResponses: { "200": {} } };
const toUrl = { integrationType: "HTTP_PROXY", integrationMethod: "GET", payloadFormatVersion: "1.0" };

it.each([
  ["REST, AWS", restRoute("GET /a", { integration: { type: "AWS", uri, ...responses } }), true],
  ["REST, AWS_PROXY", restRoute("GET /a", { integration: { type: "AWS_PROXY", uri: FUNCTION_URI } }), true],
  ["REST, HTTP", restRoute("GET /a", { integration: { type: "HTTP", uri: SERVICE, ...responses } }), false],
  ["REST, HTTP_PROXY", restRoute("GET /a", { integration: { type: "HTTP_PROXY", uri: SERVICE } }), false],
  [
    "HTTP, AWS_PROXY",
    httpRoute("GET /a", {
      integrationType: "AWS_PROXY",
      integrationUri: FUNCTION_ARN,
      payloadFormatVersion: "2.0",
    }),
    true,
  ],
  ["HTTP, HTTP_PROXY", httpRoute("GET /a", { ...toUrl, integrationUri: SERVICE }), false],
])("a call of a service is one only where its integration names a service: %s", async (_, route, wanted) => {
  const { sent } = await callOf(route, "GET /a");
  expect(sent.map(({ request }) => request.isServiceCall)).toEqual([wanted]);
});

it.each([
  ["https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool", true],
  ["https://issuer.example", false],
])("the keys of %s are asked for as those of a service: %s", async (issuer, wanted) => {
  const tokens = await tokenIssuer(issuer);
  const jwt = {
    name: "jwt",
    authorizerType: "JWT",
    identitySource: ["$request.header.Authorization"],
    jwtConfiguration: { issuer, audience: ["pets"] },
  };
  const asked: boolean[] = [];
  const call = await runningRoute(
    httpRoute(
      "GET /a",
      { ...toUrl, integrationUri: SERVICE },
      {
        route: { authorizationType: "JWT", authorizerId: "jwt01" },
        api: { authorizers: { jwt01: jwt } },
      },
    ),
    {
      upstream: (request) => {
        if (request.url.includes("/.well-known/")) asked.push(request.request.isServiceCall);
        return tokens.upstream(request);
      },
    },
  );
  await call({ path: "/a", headers: { Authorization: await tokens.issue({ aud: "pets" }) } });
  expect(asked.length).toBeGreaterThan(0);
  expect(new Set(asked)).toEqual(new Set([wanted]));
});
