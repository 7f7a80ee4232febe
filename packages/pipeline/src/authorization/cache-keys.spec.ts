import { describe, expect, it } from "vitest";
import {
  FUNCTION_URI,
  generatedRequests,
  httpRoute,
  lambda,
  restRoute,
  runningRoute,
  type TestedRoute,
} from "../kit/index.ts";

const SEED = 1;
const REQUESTS = 700;

/** The event of an authorizer, as far as it is about a caller's identity. */
interface Event {
  readonly authorizationToken?: string;
  readonly identitySource?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly cookies?: readonly string[];
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[]>>;
}

const named = <T>(map: Readonly<Record<string, T>> | undefined, name: string) =>
  Object.entries(map ?? {}).filter(([key]) => key.toLowerCase() === name.toLowerCase());

/** All that a function can read of a caller's identity sources. */
function decisionInput(event: Event, headers: readonly string[], parameters: readonly string[]) {
  return JSON.stringify({
    token: event.authorizationToken,
    sources: event.identitySource,
    headers: headers.map((name) => [named(event.headers, name), named(event.multiValueHeaders, name)]),
    cookies: headers.includes("Cookie") ? event.cookies : undefined,
    query: parameters.map((name) => [
      event.queryStringParameters?.[name],
      event.multiValueQueryStringParameters?.[name],
    ]),
  });
}

const allowing = (context: object) => ({
  principalId: "me",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }],
  },
  context,
});
const SIMPLE = { authorizerPayloadFormatVersion: "2.0", enableSimpleResponses: true };

const rest =
  (authorizer: object) =>
  (ttl: number): TestedRoute =>
    restRoute(
      "GET /a",
      {
        integration: { type: "HTTP_PROXY", httpMethod: "GET", uri: "http://pets.example" },
        authorizationType: "CUSTOM",
        authorizerId: "auth01",
      },
      {
        definitions: {
          Authorizer: {
            auth01: {
              name: "a",
              authorizerUri: FUNCTION_URI,
              authorizerResultTtlInSeconds: ttl,
              ...authorizer,
            },
          },
        },
      },
    );
const restSources = (identitySource: string) => rest({ type: "REQUEST", identitySource });

const http =
  (identitySource: readonly string[], more: object) =>
  (ttl: number): TestedRoute =>
    httpRoute(
      "GET /a",
      { integrationType: "HTTP_PROXY", integrationUri: "http://pets.example", payloadFormatVersion: "1.0" },
      {
        route: { authorizationType: "CUSTOM", authorizerId: "auth01" },
        api: {
          authorizers: {
            auth01: {
              name: "a",
              authorizerType: "REQUEST",
              authorizerUri: FUNCTION_URI,
              identitySource,
              authorizerResultTtlInSeconds: ttl,
              ...more,
            },
          },
        },
      },
    );

/** A route whose function names each of its results; `events` are what it was asked with. */
async function asked(route: TestedRoute, answer: (context: object) => object) {
  const events: Event[] = [];
  const decide = lambda((event: Event) => answer({ event: String(events.push(event) - 1) }));
  const call = await runningRoute(route, {
    upstream: (request) => (request.url.startsWith("http://lambda.") ? decide(request) : {}),
  });
  return { events, call };
}

const V1 = { authorizerPayloadFormatVersion: "1.0" };
const [TOKEN, COOKIE, FORWARDED, Q] = ["X-Token", "Cookie", "X-Forwarded-For", "q"];
const restHeader = (name: string) => `method.request.header.${name}`;
const httpHeader = (name: string) => `$request.header.${name}`;

describe("callers who share an authorizer's result are the same to its function", () => {
  it.each([
    ["REST, REQUEST, a header", restSources(restHeader(TOKEN)), [TOKEN], [], allowing],
    [
      "REST, REQUEST, a header that the gateway sets",
      restSources(restHeader(FORWARDED)),
      [FORWARDED],
      [],
      allowing,
    ],
    [
      "REST, REQUEST, a header and a query parameter",
      restSources(`${restHeader(TOKEN)},method.request.querystring.q`),
      [TOKEN],
      [Q],
      allowing,
    ],
    [
      "REST, REQUEST, two headers",
      restSources(`${restHeader(TOKEN)},${restHeader(COOKIE)}`),
      [TOKEN, COOKIE],
      [],
      allowing,
    ],
    ["REST, TOKEN", rest({ type: "TOKEN", identitySource: restHeader(TOKEN) }), [TOKEN], [], allowing],
    ["HTTP, format 1.0, a header", http([httpHeader(TOKEN)], V1), [TOKEN], [], allowing],
    ["HTTP, format 1.0, a query parameter", http(["$request.querystring.q"], V1), [], [Q], allowing],
    [
      "HTTP, format 2.0, a header",
      http([httpHeader(TOKEN)], SIMPLE),
      [TOKEN],
      [],
      (context: object) => ({ isAuthorized: true, context }),
    ],
    [
      "HTTP, format 2.0, cookies and a query parameter",
      http([httpHeader(COOKIE), "$request.querystring.q"], { authorizerPayloadFormatVersion: "2.0" }),
      [COOKIE],
      [Q],
      allowing,
    ],
    [
      "HTTP, format 2.0, a header that the gateway sets",
      http([httpHeader(FORWARDED)], V1),
      [FORWARDED],
      [],
      allowing,
    ],
  ])("%s", async (_what, routeOf, headers, parameters, answer) => {
    const keeping = await asked(routeOf(300), answer);
    const asking = await asked(routeOf(0), answer);
    let shared = 0;
    for (const request of generatedRequests(SEED, REQUESTS, { headers, parameters, path: "/a" })) {
      const before = keeping.events.length;
      const { call, status } = await keeping.call(request);
      const own = asking.events.length;
      const { status: askedStatus } = await asking.call(request);
      expect(status).toBe(askedStatus);
      if (status !== 200) continue;
      const from = Number(call.authorizer?.context.event);
      if (from < before) shared++;
      const input = (event: Event | undefined) => decisionInput(event as Event, headers, parameters);
      expect(input(keeping.events[from]), JSON.stringify(request)).toBe(input(asking.events[own]));
    }
    expect(shared).toBeGreaterThan(REQUESTS / 100);
  });
});
