import { describe, expect, it } from "vitest";
import { signRequest } from "@tollgate/iam";
import { nullPorts } from "../engine/ports.ts";
import { type WebSocketApiParts, WebSocketRunner } from "../kit/index.ts";

const KB = 1024;

/** Names and values of the headers that a client of the runner sends anyway. */
async function headersBytes(): Promise<number> {
  return (await new WebSocketRunner({}).connect()).connected.call.headersBytes;
}

describe("the head of a handshake", () => {
  it.each([
    [4_095, 200],
    [4_096, 200],
    [4_097, 414],
  ])("may have a URL of %i bytes: %i", async (size, status) => {
    const path = `?${"a".repeat(size - "/test?".length)}`;
    expect((await new WebSocketRunner({}).connect({ path })).connected.status).toBe(status);
  });

  it.each([
    [10_239, 200],
    [10_240, 200],
    [10_241, 431],
  ])("may have %i bytes of headers: %i", async (size, status) => {
    const name = "X-Large";
    const value = "a".repeat(size - name.length - (await headersBytes()));
    const { connected } = await new WebSocketRunner({}).connect({ headers: { [name]: value } });
    expect([connected.call.headersBytes, connected.status]).toEqual([size, status]);
  });
});

describe("a route key", () => {
  const named = (text: string) => ({
    integration: {
      integrationType: "MOCK",
      templateSelectionExpression: "200",
      requestTemplates: { 200: '{"statusCode":200}' },
      integrationResponses: {
        all: { integrationResponseKey: "$default", responseTemplates: { $default: text } },
      },
    },
    routeResponseSelectionExpression: "$default",
    routeResponses: { back: { routeResponseKey: "$default" } },
  });
  const parts = (key: string): WebSocketApiParts => ({
    routes: { [key]: named("found"), $default: named("other") },
    api: { routeSelectionExpression: "$request.body.action" },
  });

  // AWS's model gives keys no length.
  it.each([1, 127, 128, 129, 4 * KB])(
    "of %i characters is found, and no shorter or longer one is",
    async (size) => {
      const key = "k".repeat(size);
      const { send } = await new WebSocketRunner(parts(key)).connect();
      const bodyOf = async (action: string) => (await send(JSON.stringify({ action }))).body;
      expect(await bodyOf(key)).toBe("found");
      expect(await bodyOf(`${key}k`)).toBe("other");
      expect(await bodyOf(key.slice(1))).toBe("other");
    },
  );

  it.each(["join", "Join", "chat/1", "a b", "é", "日本", "__proto__", "constructor", "toString"])(
    "'%s' is found by exactly this value",
    async (key) => {
      const { send } = await new WebSocketRunner(parts(key)).connect();
      expect((await send(JSON.stringify({ action: key }))).body).toBe("found");
      expect((await send(JSON.stringify({ action: `${key} ` }))).body).toBe("other");
    },
  );

  it.each(["__proto__", "constructor", "toString"])(
    "'%s' that the API does not have leads to $default",
    async (action) => {
      const { send } = await new WebSocketRunner(parts("join")).connect();
      expect((await send(`{"action":"${action}"}`)).body).toBe("other");
    },
  );
});

describe("an order for a connection", () => {
  const OPEN = "L0SM9cOFvHcCIhw=";
  const credentials = {
    accessKeyId: "AKIA0000000000000001",
    secretAccessKey: "secret",
    sessionToken: undefined,
  };
  const mayManage = (action: string) => ({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
  });

  async function statusOf(
    method: string,
    id: string,
    { body = Buffer.alloc(0), action = "execute-api:ManageConnections", waitMs = 0 } = {},
  ) {
    const status = { connectedAtUnixMs: 0, lastActiveAtUnixMs: 0, sourceIp: "192.0.2.1", userAgent: "" };
    const record = {
      ...credentials,
      accountId: "000000000000",
      userName: "backend",
      userId: "AIDA00000000000000001",
      arn: "arn:aws:iam::000000000000:user/backend",
      principalArn: "arn:aws:iam::000000000000:user/backend",
      policies: [mayManage(action)],
      sessionPolicies: [],
      expireTimeUnixMs: 0,
    };
    const runner = new WebSocketRunner(
      {},
      {
        ports: {
          directory: { ...nullPorts.directory, accessKey: () => record },
          connections: {
            ...nullPorts.connections,
            order: async ({ connectionId }) => (connectionId === OPEN ? { status } : undefined),
          },
          regionThrottle: { rateLimit: 1, burstLimit: 1 },
          limiter: { take: () => waitMs, use: () => true },
        },
      },
    );
    const path = `/@connections/${encodeURIComponent(id)}`;
    const host = ["Host", "api123.execute-api.example"];
    const signed = signRequest(
      { method, path: `/test${path}`, query: "", headers: host, body },
      { credentials, region: "us-east-1", service: "execute-api", unixMs: Date.now() },
    );
    const headers = Object.fromEntries(
      signed.flatMap((name, i) => (i % 2 === 0 ? [[name, signed[i + 1] ?? ""]] : [])),
    );
    const outcome = await runner.http({ method, path, headers, body });
    return [outcome.status, outcome.headers["x-amzn-errortype"]];
  }
  const bytes = (count: number) => ({ body: Buffer.alloc(count, "x") });

  it.each<[string, string, string, Parameters<typeof statusOf>[2], number, string | undefined]>([
    ["a message of 128 KB - 1", "POST", OPEN, bytes(128 * KB - 1), 200, undefined],
    ["a message of 128 KB", "POST", OPEN, bytes(128 * KB), 200, undefined],
    ["a message of 128 KB + 1", "POST", OPEN, bytes(128 * KB + 1), 413, "PayloadTooLargeException"],
    ["an empty message", "POST", OPEN, bytes(0), 200, undefined],
    ["a question", "GET", OPEN, {}, 200, undefined],
    ["an end", "DELETE", OPEN, {}, 204, undefined],
    ["one that is gone", "POST", "L0SM9cOFvHcCIhx=", bytes(1), 410, "GoneException"],
    ["15 characters", "GET", OPEN.slice(1), {}, 400, "BadRequestException"],
    ["17 characters", "GET", `A${OPEN}`, {}, 400, "BadRequestException"],
    ["another alphabet", "DELETE", "L0SM9cOFvHcCI+w=", {}, 400, "BadRequestException"],
    ["another action", "GET", OPEN, { action: "execute-api:Invoke" }, 403, "ForbiddenException"],
    ["too many", "POST", OPEN, { ...bytes(1), waitMs: 100 }, 429, "LimitExceededException"],
    ["too many", "GET", OPEN, { waitMs: 100 }, 429, "LimitExceededException"],
    ["too many", "DELETE", OPEN, { waitMs: 100 }, 429, "LimitExceededException"],
  ])("%s: %s %s", async (_what, method, id, more, status, type) => {
    expect(await statusOf(method, id, more)).toEqual([status, type]);
  });
});
