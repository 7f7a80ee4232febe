import { beforeAll, describe, expect, it } from "vitest";
import { dayLasts } from "../../kit/day.ts";
import { functionUri } from "../../kit/functions.ts";
import { until } from "../../kit/process.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";
import {
  type ConnectOptions,
  deployWebSocketApi,
  lambdaOf,
  toFunction,
  twoWay,
  type WebSocketApiParts,
} from "../../kit/websocket-api.ts";
import { chatFunction, connectAuthorizer, type WebSocketEvent } from "../../kit/websocket-functions.ts";

const lambda = useUpstream(lambdaOf({ websocket: chatFunction(), "connect-authorizer": connectAuthorizer }));
const gateway = useGateway({ env: () => ({ AWS_ENDPOINT_URL_LAMBDA: lambda.origin }) });

const toIt = { integration: toFunction("websocket") };
const whole = (connect: object = {}, more: Partial<WebSocketApiParts> = {}) =>
  deployWebSocketApi(gateway, {
    routes: {
      $connect: { ...toIt, ...connect },
      $disconnect: toIt,
      $default: { ...toIt, ...twoWay },
    },
    ...more,
  });

/** What happened on an API until the end of a connection was reported, as another client asks for it: nothing waits for that report. */
async function eventsToEnd(api: Awaited<ReturnType<typeof whole>>): Promise<readonly WebSocketEvent[]> {
  const other = await api.connect();
  let seen: WebSocketEvent[] = [];
  await until(
    () => `an end of ${JSON.stringify(seen)}`,
    async () => {
      seen = [...seen, ...(JSON.parse(await other.ask("events")) as WebSocketEvent[])];
      return seen.some(({ requestContext }) => requestContext.eventType === "DISCONNECT");
    },
  );
  return seen;
}

const authorizer = {
  name: "who",
  authorizerType: "REQUEST",
  authorizerUri: functionUri("connect-authorizer"),
  identitySource: ["route.request.querystring.as"],
};
const authorized = () =>
  whole({ authorizationType: "CUSTOM", authorizerId: "who" }, { api: { authorizers: { who: authorizer } } });

const ID = /^[A-Za-z0-9_-]{15}=$/;

describe("a handshake", () => {
  it("is decided by $connect, which gets the request, and its end is reported to $disconnect", async () => {
    const api = await whole({}, { stage: { stageVariables: { room: "blue" } } });
    const headers = { "User-Agent": "spec", "X-Own": "1" };
    const client = await api.connect({ path: "/live?a=1&a=2", headers });
    expect(await client.ask("hello")).toBe("echo hello");
    const message = JSON.parse(await client.ask("event")) as WebSocketEvent;
    const { connectionId } = message.requestContext;
    expect(connectionId).toMatch(ID);
    expect(message).toEqual({
      stageVariables: { room: "blue" },
      requestContext: {
        routeKey: "$default",
        messageId: expect.stringMatching(ID),
        eventType: "MESSAGE",
        extendedRequestId: message.requestContext.requestId,
        requestTime: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        messageDirection: "IN",
        stage: "live",
        connectedAt: expect.any(Number),
        requestTimeEpoch: expect.any(Number),
        identity: { userAgent: "spec", sourceIp: "127.0.0.1" },
        requestId: message.requestContext.messageId,
        domainName: `${api.apiId}.execute-api.local`,
        connectionId,
        apiId: api.apiId,
      },
      body: "event",
      isBase64Encoded: false,
    });
    client.socket.close(1000, "bye");
    expect(await client.closed).toEqual([1000, "bye"]);
    const seen = await eventsToEnd(api);
    const of = (type: string) =>
      seen.find(({ requestContext: one }) => one.eventType === type && one.connectionId === connectionId);
    const [connected, disconnected] = [of("CONNECT"), of("DISCONNECT")];
    expect(connected).toMatchObject({
      headers: { Host: `${api.apiId}.execute-api.local`, "X-Own": "1", "X-Forwarded-For": "127.0.0.1" },
      multiValueHeaders: { "X-Own": ["1"] },
      queryStringParameters: { a: "2" },
      multiValueQueryStringParameters: { a: ["1", "2"] },
      stageVariables: { room: "blue" },
      requestContext: { routeKey: "$connect", eventType: "CONNECT", connectionId },
    });
    expect(connected).not.toHaveProperty("body");
    expect(disconnected).toMatchObject({
      headers: {
        Host: `${api.apiId}.execute-api.local`,
        "x-api-key": "",
        "X-Forwarded-For": "",
        "x-restapi": "",
      },
      requestContext: {
        routeKey: "$disconnect",
        eventType: "DISCONNECT",
        disconnectStatusCode: 1000,
        disconnectReason: "bye",
        connectionId,
      },
    });
  });

  it.each([
    ["status=404", 404, "Not Found"],
    ["status=401", 401, "Unauthorized"],
    ["status=301", 301, "Moved Permanently"],
    ["status=501", 501, "Internal server error"],
    ["fail=throw", 502, "Internal server error"],
    ["fail=malformed", 502, "Internal server error"],
  ])("that $connect answers with %s is refused with %i", async (query, status, message) => {
    const refused = await (await whole()).refused({ path: `/live?${query}` });
    expect(refused.status).toBe(status);
    expect(refused.body).toMatch(
      new RegExp(`^{"message": "${message}", "connectionId":"[\\w-]{15}=", "requestId":"[\\w-]{15}="}$`),
    );
  });

  it("gets the sub-protocol that $connect chooses, and none by itself", async () => {
    const api = await whole();
    const chosen = await api.connect({ path: "/live?protocol=b", protocols: ["a", "b"] });
    expect(chosen.socket.protocol).toBe("b");
    await expect(api.connect({ protocols: ["a"] })).rejects.toThrow("Server sent no subprotocol");
  });

  it.each<[string, number, ConnectOptions]>([
    ["an unknown stage", 403, { path: "/nowhere" }],
    ["a path below the stage", 403, { path: "/live/chat" }],
    ["a long URL", 414, { path: `/live?${"a".repeat(4096)}` }],
  ])("for %s is refused with %i", async (_what, status, options) => {
    expect((await (await whole()).refused(options)).status).toBe(status);
  });

  it("by the path-style address and by a custom domain leads to the API, too", async () => {
    const api = await whole({}, { api: { disableExecuteApiEndpoint: false } });
    const domain = `${api.apiId}.example.com`;
    const { revision } = await gateway.apply([
      {
        kind: "DomainName",
        id: domain,
        spec: { basePathMappings: { chat: { apiId: api.apiId, stage: "live" } } },
      },
    ]);
    await gateway.wait(revision);
    const byPath = await api.connect({
      host: "localhost",
      path: `/_aws/execute-api/${api.apiId}/live`,
    });
    expect(await byPath.ask("x")).toBe("echo x");
    const byDomain = await api.connect({ host: domain, path: "/chat" });
    expect(JSON.parse(await byDomain.ask("event"))).toMatchObject({ requestContext: { domainName: domain } });
  });

  it("is asked for by an upgrade only", async () => {
    const { apiId } = await whole();
    const reply = await gateway.call("/live", { host: `${apiId}.execute-api.local` });
    expect([reply.status, reply.headers.upgrade]).toEqual([426, "websocket"]);
  });

  it("needs no $connect route, and none with an integration", async () => {
    const routes = { $default: { ...toIt, ...twoWay } };
    const without = await deployWebSocketApi(gateway, { routes });
    expect(await (await without.connect()).ask("x")).toBe("echo x");
    const bare = await deployWebSocketApi(gateway, { routes: { $connect: {}, ...routes } });
    expect(await (await bare.connect()).ask("x")).toBe("echo x");
  });
});

describe("an authorizer of $connect", () => {
  it("is asked with the request, and what it says stays with the connection", async () => {
    const api = await authorized();
    const client = await api.connect({ path: "/live?as=allow" });
    const { requestContext } = JSON.parse(await client.ask("event")) as WebSocketEvent;
    expect(requestContext.authorizer).toMatchObject({ principalId: "ada", level: "3" });
    const { event } = requestContext.authorizer as { event: string };
    expect(JSON.parse(event)).toMatchObject({
      type: "REQUEST",
      methodArn: `arn:aws:execute-api:us-east-1:000000000000:${api.apiId}/live/$connect`,
      queryStringParameters: { as: "allow" },
      stageVariables: {},
      requestContext: { eventType: "CONNECT", connectionId: requestContext.connectionId },
    });
  });

  it.each([
    ["", 401],
    ["as=unauthorized", 401],
    ["as=deny", 403],
    ["as=elsewhere", 403],
    ["as=throw", 500],
    ["as=something-else", 500],
  ])("that is asked with '%s' refuses with %i", async (query, status) => {
    const refused = await (await authorized()).refused({ path: `/live?${query}` });
    expect(refused.status).toBe(status);
    expect(refused.body).toMatch(
      /^\{"message": "(Unauthorized|Forbidden|Internal server error)", "connectionId":/,
    );
  });
});

describe("an API key of $connect", () => {
  beforeAll(dayLasts);

  it.each([
    ["in a header", {}, (key: string): ConnectOptions => ({ headers: { "x-api-key": key } })],
    [
      "from the authorizer",
      { apiKeySelectionExpression: "$context.authorizer.usageIdentifierKey" },
      (key: string): ConnectOptions => ({ path: `/live?as=key&key=${key}` }),
    ],
  ])(
    "comes %s, counts for each connection, and is charged for what they use",
    async (_where, api, withKey) => {
      const fromAuthorizer = Object.keys(api).length > 0;
      const { apiId, ...deployed } = await whole(
        {
          apiKeyRequired: true,
          ...(fromAuthorizer ? { authorizationType: "CUSTOM", authorizerId: "who" } : {}),
        },
        { api: { ...api, authorizers: { who: authorizer } } },
      );
      const value = `${apiId}-value-of-the-key`;
      const { revision } = await gateway.apply([
        {
          kind: "UsagePlan",
          id: `plan${apiId.slice(-4)}`,
          spec: { name: apiId, apiStages: [{ apiId, stage: "live" }], quota: { limit: 2, period: "DAY" } },
        },
        {
          kind: "ApiKey",
          id: `key${apiId.slice(-4)}`,
          spec: { name: apiId, value, enabled: true, usagePlanIds: [`plan${apiId.slice(-4)}`] },
        },
      ]);
      await gateway.wait(revision);
      expect((await deployed.refused(withKey("wrong-value-of-a-key"))).status).toBe(403);
      const first = await deployed.connect(withKey(value));
      for (const text of ["1", "2", "3"]) expect(await first.ask(text)).toBe(`echo ${text}`);
      await deployed.connect(withKey(value));
      expect((await deployed.refused(withKey(value))).status).toBe(429);
      const terms = {
        subscriptionId: "chat",
        month: new Date().toISOString().slice(0, "2026-11".length),
        apiKeyIds: [`key${apiId.slice(-4)}`],
        usagePlanIds: [`plan${apiId.slice(-4)}`],
      };
      let charged: Record<string, bigint> = {};
      await until(
        () => `three messages each way, and two begun minutes: ${Object.entries(charged).join(" ")}`,
        async () => {
          const { invoice } = await gateway.billing.previewInvoice({ terms });
          charged = Object.fromEntries(invoice?.lines.map(({ meter, quantity }) => [meter, quantity]) ?? []);
          return charged["websocket.message"] === 6n && (charged["websocket.minute"] ?? 0n) >= 2n;
        },
      );
    },
  );
});

describe("a connection", () => {
  it.each([
    [
      "without a status",
      (socket: { close(): void }) => socket.close(),
      1005,
      "Client-side close frame status not set",
    ],
    ["by vanishing", (socket: { terminate(): void }) => socket.terminate(), 1006, ""],
  ])("that its client ends %s is reported so", async (_how, end, code, reason) => {
    const api = await whole();
    const client = await api.connect();
    end(client.socket);
    const seen = await eventsToEnd(api);
    const ended = seen.find(({ requestContext }) => requestContext.eventType === "DISCONNECT");
    expect(ended?.requestContext).toMatchObject({ disconnectStatusCode: code, disconnectReason: reason });
  });

  it("stays while its API is deployed again, and its messages are those of the new version", async () => {
    const api = await whole();
    const client = await api.connect();
    const { revision } = await gateway.apply([
      { kind: "Api", id: api.apiId, spec: { protocolType: "WEBSOCKET", name: "spec" } },
    ]);
    await gateway.wait(revision);
    expect(await client.ask("hello")).toMatch(/^\{"message": "Forbidden", "connectionId":/);
  });

  it("ends with its stage", async () => {
    const api = await whole();
    const client = await api.connect();
    await gateway.config.delete({ kind: "ApiStage", apiId: api.apiId, id: "live" });
    expect(await client.closed).toEqual([1001, "Going away"]);
  });

  it("compresses messages where its client offers that", async () => {
    const api = await whole();
    const client = await api.connect({ perMessageDeflate: true });
    expect(client.socket.extensions).toContain("permessage-deflate");
    const long = "abc".repeat(5_000);
    expect(await client.ask(long)).toBe(`echo ${long}`);
  });
});

describe("what a client sends", () => {
  const KB = 1024;

  it.each([32 * KB - 1, 32 * KB])(
    "may be 128 KB in frames of 32 KB, the last of which has %i bytes",
    async (last) => {
      const client = await (await whole()).connect();
      const part = "x".repeat(32 * KB);
      for (const fin of [false, false, false]) client.socket.send(part, { fin });
      client.socket.send(part.slice(0, last), { fin: true });
      expect(await client.next()).toBe(`echo ${"x".repeat(96 * KB + last)}`);
    },
  );

  it.each<[string, number, (send: (part: string | Buffer, fin: boolean) => void) => void]>([
    ["a frame of more than 32 KB", 1009, (send) => send("x".repeat(32 * KB + 1), true)],
    [
      "a message of more than 128 KB",
      1009,
      (send) => {
        for (let i = 0; i < 4; i++) send("x".repeat(32 * KB), false);
        send("x", true);
      },
    ],
    ["bytes", 1003, (send) => send(Buffer.from([1]), true)],
    ["text that is not UTF-8", 1007, (send) => send(Buffer.from("x"), true)],
  ])("ends the connection where it is %s: %i", async (what, code, give) => {
    const client = await (await whole()).connect();
    const invalid = what.includes("UTF-8");
    give((part, fin) =>
      client.socket.send(invalid ? Buffer.from([0xff]) : part, {
        fin,
        binary: typeof part !== "string" && !invalid,
      }),
    );
    expect((await client.closed)[0]).toBe(code);
  });

  it.each([
    [128 * KB - 1, "echoed"],
    [128 * KB, "echoed"],
    [128 * KB + 1, "ended"],
    // Of a KB on the wire.
    [1024 * KB, "ended"],
  ])("may be compressed, and counts as what it is then: %i bytes are %s", async (size, outcome) => {
    const client = await (await whole()).connect({ perMessageDeflate: true });
    const message = "x".repeat(size);
    client.socket.send(message);
    if (outcome === "echoed") expect(await client.next()).toBe(`echo ${message}`);
    else expect((await client.closed)[0]).toBe(1009);
  });

  it("is answered by pong where it is a ping", async () => {
    const client = await (await whole()).connect();
    const pong = new Promise((resolve) => client.socket.once("pong", resolve));
    client.socket.ping("are you there?");
    expect(String(await pong)).toBe("are you there?");
  });
});
