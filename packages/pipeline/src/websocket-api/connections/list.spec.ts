import { describe, expect, it } from "vitest";
import type { Call } from "../../call/call.ts";
import type { Ports } from "../../engine/ports.ts";
import type { ConnectionPage, ListAsk } from "../../runtime/connections.ts";
import type { WebSocketContext } from "../context.ts";
import { listConnections } from "./list.ts";

const page: ConnectionPage = {
  connections: [
    {
      connectionId: "L0SM9cOFvHcCIhw=",
      connectedAtUnixMs: 1_764_444_000_123,
      sourceIp: "192.0.2.1",
      userAgent: "spec",
      principalId: undefined,
      userArn: "arn:aws:iam::000000000000:user/ada",
      nodeId: "a",
    },
  ],
  next: { nodeTag: "_-aA", after: 12 },
  unreachable: [],
};

async function list(query: string, found = page) {
  const asked: ListAsk[] = [];
  const connections = {
    order: async () => undefined,
    list: async (ask: ListAsk) => {
      asked.push(ask);
      return found;
    },
  };
  const integrate = listConnections(
    { apiId: "chat000001", stageName: "live" } as WebSocketContext,
    { connections } as unknown as Ports,
  );
  const reply = await integrate({ query } as Call);
  return { reply: reply as { status: number; body: string; refusal?: { message: string } }, asked };
}

const first = { apiId: "chat000001", stageName: "live", limit: 100, from: undefined };

describe("the connections of a stage", () => {
  it("are shown as GetConnection shows one, with their nodes", async () => {
    const { reply } = await list("");
    expect([reply.status, JSON.parse(reply.body)]).toEqual([
      200,
      {
        items: [
          {
            connectionId: "L0SM9cOFvHcCIhw=",
            connectedAt: "2025-11-29T19:20:00Z",
            identity: { sourceIp: "192.0.2.1", userAgent: "spec" },
            userArn: "arn:aws:iam::000000000000:user/ada",
            nodeId: "a",
          },
        ],
        nextToken: "_-aA.12",
      },
    ]);
    const last = await list("", { connections: [], next: undefined, unreachable: ["b"] });
    expect(last.reply.body).toBe('{"items":[],"unreachableNodes":["b"]}');
  });

  it.each([
    ["", first],
    ["maxResults=1", { ...first, limit: 1 }],
    ["maxResults=1000", { ...first, limit: 1_000 }],
    ["nextToken=_-aA.12&other=1", { ...first, from: { nodeTag: "_-aA", after: 12 } }],
  ])("are asked for by '%s'", async (query, wanted) => {
    expect((await list(query)).asked).toEqual([wanted]);
  });

  it.each([
    ["maxResults=0", "Invalid maxResults: it must be a number from 1 to 1000"],
    ["maxResults=1001", "Invalid maxResults: it must be a number from 1 to 1000"],
    ["maxResults=many", "Invalid maxResults: it must be a number from 1 to 1000"],
    ["maxResults=", "Invalid maxResults: it must be a number from 1 to 1000"],
    ["nextToken=", "Invalid nextToken: it must be the nextToken of the page before"],
    ["nextToken=abc.1", "Invalid nextToken: it must be the nextToken of the page before"],
    ["nextToken=abcd.9999999999999999", "Invalid nextToken: it must be the nextToken of the page before"],
  ])("are not asked for by '%s'", async (query, message) => {
    const { reply, asked } = await list(query);
    expect([reply.status, reply.refusal?.message, asked]).toEqual([400, message, []]);
  });
});
