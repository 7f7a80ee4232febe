import { afterAll, expect, it } from "vitest";
import { newConnectionId, type OrderOutcome } from "@tollgate/pipeline";
import { addService } from "@tollgate/proto/grpc";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { ConnectionService } from "@tollgate/proto/node";
import { createLogger } from "@tollgate/telemetry";
import { ownerTag } from "../websocket/owner.ts";
import type { OrderAsk } from "../worker/protocol.ts";
import { connectionService } from "./connection-service.ts";
import { openPeers, type Peers } from "./peers.ts";

const scope = new AsyncDisposableStack();
afterAll(() => scope.disposeAsync());

const STATUS = {
  connectedAtUnixMs: 1_000,
  lastActiveAtUnixMs: 2_000,
  sourceIp: "192.0.2.1",
  userAgent: "spec",
};
const KEY = { apiKeyId: "key1", usagePlanId: "plan1" };
const own = {
  giveOrder: async ({ order }: OrderAsk): Promise<OrderOutcome> =>
    order.type === "get" ? { status: STATUS, key: KEY } : { key: KEY },
  page: () => ({
    connections: [{ connectionId: "c", ...STATUS, principalId: undefined, userArn: undefined }],
    nextAfter: undefined,
  }),
};

const startNode = async (nodeId: string, parts = own): Promise<Peers> =>
  scope.use(
    await openPeers(
      {
        nodeId,
        token: () => "a token of nodes",
        nodeTokens: () => ["a token of nodes"],
        tls: undefined,
        peer: { host: "127.0.0.1", port: 0, address: undefined, serverName: undefined },
      },
      {
        ...parts,
        sampled: async () => ({ samples: [], population: 0 }),
        logger: createLogger("spec", "silent"),
      },
    ),
  );

const askOf = (type: "get" | "delete"): OrderAsk => ({
  address: {
    apiId: "chat000001",
    stageName: "live",
    connectionId: newConnectionId(ownerTag({ nodeId: "owner", worker: 0, boot: "boot" })),
  },
  order: { type },
});
/** Where nobody listens any more. */
async function closedAddress(): Promise<string> {
  const peers = await startNode("closed");
  const { address } = peers;
  await peers[Symbol.asyncDispose]();
  return address;
}

it("an order is given to the node that a connection's id names", async () => {
  const [asking, owner] = await Promise.all([startNode("asking"), startNode("owner")]);
  await expect(asking.giveOrder(askOf("get"))).rejects.toThrow("no control plane has said yet");
  asking.know([], []);
  expect(await asking.giveOrder(askOf("get"))).toBeNull();
  asking.know([{ nodeId: "owner", address: owner.address }], []);
  expect(await asking.giveOrder(askOf("get"))).toEqual({ status: STATUS, key: KEY });
  expect(await asking.giveOrder(askOf("delete"))).toEqual({ key: KEY });
});

it("a node that has lost the control planes keeps its connections as long as it can be reached", async () => {
  const [asking, owner] = await Promise.all([startNode("asking"), startNode("owner")]);
  asking.know([], [{ nodeId: "owner", address: owner.address }]);
  expect(await asking.giveOrder(askOf("get"))).toEqual({ status: STATUS, key: KEY });
  const page = async () => asking.listing()[0]?.page({ apiId: "a", stageName: "b", after: 0, limit: 9 });
  expect(await page()).toMatchObject({ connections: [{ connectionId: "c" }] });
  await owner[Symbol.asyncDispose]();
  expect(await asking.giveOrder(askOf("get"))).toBeNull();
  expect(await page()).toEqual({ connections: [], nextAfter: undefined });
});

it("one that has not lost them, and cannot be reached, has its connections still", async () => {
  const asking = await startNode("asking");
  const peer = { nodeId: "owner", address: await closedAddress() };
  asking.know([peer], []);
  await expect(asking.giveOrder(askOf("get"))).rejects.toThrow("UNAVAILABLE");
  asking.know([], [peer]);
  expect(await asking.giveOrder(askOf("get"))).toBeNull();
});

it("a node of the version before takes one order at a time", async () => {
  const { giveOrders: _none, ...before } = connectionService(own);
  const server = scope.use(
    await startGrpcServer({
      host: "127.0.0.1",
      port: 0,
      tokens: undefined,
      tls: undefined,
      services: [ConnectionService],
      register: (grpc) => addService(grpc, ConnectionService, before as ReturnType<typeof connectionService>),
    }),
  );
  const asking = await startNode("asking");
  asking.know([{ nodeId: "owner", address: `127.0.0.1:${server.port}` }], []);
  expect(await Promise.all([askOf("get"), askOf("delete")].map((ask) => asking.giveOrder(ask)))).toEqual([
    { status: STATUS, key: KEY },
    { key: KEY },
  ]);
  expect(await asking.giveOrder(askOf("get"))).toEqual({ status: STATUS, key: KEY });
});
