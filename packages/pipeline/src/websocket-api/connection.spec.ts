import { describe, expect, it } from "vitest";
import { WebSocketRunner } from "../kit/index.ts";
import { Connection, keptHeaders } from "./connection.ts";

const connect = async (userAgent: string) =>
  (await new WebSocketRunner({ routes: {} }).connect({ headers: { "User-Agent": userAgent } })).connection;

describe("what is kept of a connection", () => {
  it("is shared by clients that say the same", async () => {
    const [one, other] = [await connect("browser"), await connect("browser")];
    expect(one.headers).toBe(other.headers);
    expect((await connect("sdk")).headers).not.toBe(one.headers);
  });

  it("is not more of a User-Agent than clients have", async () => {
    const { userAgent } = await connect("x".repeat(8_000));
    expect(userAgent).toBe("x".repeat(512));
  });

  it("is of an authorizer who the client is, and not what it may do", async () => {
    const connection = await connect("browser");
    const said = { principalId: "ada", context: { room: "blue" }, policy: {}, policyDocument: {} };
    connection.admit({ identity: undefined, authorizer: said, authorizerMs: 1 } as never);
    expect(connection.authorizer).toEqual({ principalId: "ada", context: { room: "blue" } });
    expect(new Connection(structuredClone(connection.record)).authorizer).toEqual(connection.authorizer);
  });

  it("is of a key whom its messages and minutes are charged to, and that counts for nothing else", async () => {
    const connection = await connect("browser");
    const admit = (usagePlanId: string) =>
      connection.admit({ apiKey: { id: "key1", value: "secret", usagePlanId, customerId: "acme" } } as never);
    admit("");
    expect(connection.key).toBeUndefined();
    admit("plan1");
    expect(connection.key).toEqual({ apiKeyId: "key1", usagePlanId: "plan1", customerId: "acme" });
    expect(connection.apiKey?.usagePlanId).toBe("");
    expect(new Connection(structuredClone(connection.record)).key).toEqual(connection.key);
  });

  it("holds also for a client without a User-Agent", () => {
    expect(keptHeaders("chat.example", "")).toEqual(["Host", "chat.example"]);
  });
});
