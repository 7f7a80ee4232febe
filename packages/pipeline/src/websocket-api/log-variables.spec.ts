import { describe, expect, it } from "vitest";
import { FUNCTION_URI, lambda, type Upstream, WebSocketRunner } from "../kit/index.ts";
import { loggedVariable } from "../values/log-variables.ts";
import { webSocketLogReader } from "./log-variables.ts";

const NAMES = [
  "apiId",
  "authorize.status",
  "authorizer.error",
  "authorizer.principalId",
  "authorizer.room",
  "authorizer.status",
  "connectedAt",
  "connectionId",
  "domainName",
  "error.message",
  "error.messageString",
  "error.responseType",
  "error.validationErrorString",
  "eventType",
  "extendedRequestId",
  "identity.sourceIp",
  "identity.userAgent",
  "integration.error",
  "integration.integrationStatus",
  "integration.latency",
  "integration.requestId",
  "integration.status",
  "integrationLatency",
  "messageId",
  "requestId",
  "requestTime",
  "requestTimeEpoch",
  "routeKey",
  "stage",
  "status",
] as const;
type Logged = Readonly<Record<string, string | undefined>>;

const policy = (Effect: string) => ({
  principalId: "ada",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect, Resource: "*" }],
  },
  context: { room: "blue" },
});
/** An authorizer, and a function behind every route. */
const api = (effect: string, respond: () => unknown): { upstream: Upstream; parts: object } => ({
  upstream: (request) => {
    const called = lambda((event: { type?: string }) => (event.type ? policy(effect) : respond()))(request);
    return typeof called === "string"
      ? called
      : { ...called, headers: { ...called.headers, "x-amzn-RequestId": "r-1" } };
  },
  parts: {
    routes: {
      $connect: { authorizationType: "CUSTOM", authorizerId: "who" },
      $default: { integration: { integrationType: "AWS_PROXY", integrationUri: FUNCTION_URI } },
      $disconnect: {},
    },
    api: {
      authorizers: {
        who: { name: "who", authorizerType: "REQUEST", authorizerUri: FUNCTION_URI, identitySource: [] },
      },
    },
  },
});

/** What an observer of each call reads. */
async function logged(effect: string, respond: () => unknown): Promise<Record<string, Logged>> {
  const { upstream, parts } = api(effect, respond);
  const byEvent: Record<string, Logged> = {};
  const runner = new WebSocketRunner(parts, {
    upstream,
    ports: {
      observers: [
        () => (call) => {
          const values = Object.fromEntries(
            NAMES.map((name) => [name, loggedVariable(name, webSocketLogReader)(call)]),
          );
          byEvent[values.eventType ?? ""] = values;
        },
      ],
    },
  });
  const { send, close } = await runner.connect({ headers: { "User-Agent": "spec" } });
  await send("hello");
  await close({ code: 1000, reason: "" });
  return byEvent;
}

describe("an observer reads of a call of a WebSocket API", () => {
  it("all that AWS's access log has of a message", async () => {
    const { MESSAGE } = await logged("Allow", () => ({ statusCode: 201, body: "x" }));
    expect(MESSAGE).toEqual({
      apiId: "api123",
      "authorize.status": undefined,
      "authorizer.error": undefined,
      "authorizer.principalId": "ada",
      "authorizer.room": "blue",
      "authorizer.status": undefined,
      connectedAt: "1767323045000",
      connectionId: "L0SM9cOFvHcCIhw=",
      domainName: "api123.execute-api.example",
      "error.message": undefined,
      "error.messageString": undefined,
      "error.responseType": undefined,
      "error.validationErrorString": undefined,
      eventType: "MESSAGE",
      extendedRequestId: expect.stringMatching(/^[\w-]{15}=$/),
      "identity.sourceIp": "192.0.2.1",
      "identity.userAgent": "spec",
      "integration.error": undefined,
      "integration.integrationStatus": "200",
      "integration.latency": expect.stringMatching(/^\d+$/),
      "integration.requestId": "r-1",
      "integration.status": "201",
      integrationLatency: expect.stringMatching(/^\d+$/),
      messageId: MESSAGE?.requestId,
      requestId: MESSAGE?.extendedRequestId,
      requestTime: "02/Jan/2026:03:04:05 +0000",
      requestTimeEpoch: "1767323045000",
      routeKey: "$default",
      stage: "test",
      status: "200",
    });
  });

  it("why it failed", async () => {
    const { MESSAGE } = await logged("Allow", () => {
      throw new Error("too much");
    });
    expect(MESSAGE).toMatchObject({
      status: "502",
      "error.message": "Internal server error",
      "error.responseType": "INTEGRATION_FAILURE",
      "integration.error": "too much",
      "integration.integrationStatus": "200",
    });
  });

  it("that a handshake was refused, and by whom", async () => {
    const { CONNECT } = await logged("Deny", () => ({ statusCode: 200 }));
    expect(CONNECT).toMatchObject({
      eventType: "CONNECT",
      status: "403",
      "authorize.status": "403",
      "authorizer.status": "200",
      "error.responseType": "ACCESS_DENIED",
      "integration.status": undefined,
      messageId: undefined,
    });
  });

  it("that it ended", async () => {
    const { DISCONNECT } = await logged("Allow", () => ({ statusCode: 200 }));
    expect(DISCONNECT).toMatchObject({
      routeKey: "$disconnect",
      eventType: "DISCONNECT",
      "integration.status": undefined,
    });
  });
});
