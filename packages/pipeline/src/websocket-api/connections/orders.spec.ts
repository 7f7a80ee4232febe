import { expect, it } from "vitest";
import type { Call } from "../../call/call.ts";
import type { Ports } from "../../engine/ports.ts";
import type { OrderOutcome } from "../../runtime/connections.ts";
import type { WebSocketContext } from "../context.ts";
import { giveOrders, orderKinds } from "./orders.ts";

const status = { connectedAtUnixMs: 0, lastActiveAtUnixMs: 0, sourceIp: "192.0.2.1", userAgent: "spec" };

async function post(found: OrderOutcome | undefined): Promise<Call> {
  const call = {
    parameterValues: ["L0SM9cOFvHcCIhw="],
    wholeBody: Buffer.from("hello"),
    connectionKey: undefined,
  } as unknown as Call;
  const connections = { order: async () => found };
  const context = { apiId: "chat000001", stageName: "live" } as WebSocketContext;
  await giveOrders(orderKinds.POST, context, { connections } as unknown as Ports)(call);
  return call;
}

it("a message to a connection is charged to the key that the connection was opened with", async () => {
  const key = { apiKeyId: "key1", usagePlanId: "plan1" };
  expect((await post({ key })).connectionKey).toBe(key);
  expect((await post({ status })).connectionKey).toBeUndefined();
  expect((await post(undefined)).connectionKey).toBeUndefined();
});
