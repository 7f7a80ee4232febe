import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import type { ConnectionRecord, PagePlace } from "@tollgate/pipeline";
import { ListConnectionsRequestSchema, ListConnectionsResponseSchema } from "@tollgate/proto/node";
import { nodeTag } from "../websocket/owner.ts";
import { type ListingNode, listOverNodes, type NodePage } from "./connection-pages.ts";
import { connectionService, nodePageOf, toPageRequest } from "./connection-service.ts";
import { ListedConnections } from "./listed-connections.ts";

const stage = { apiId: "chat000001", stageName: "live" };

const recordOf = (id: string, more: Partial<ConnectionRecord> = {}): ConnectionRecord => ({
  ...stage,
  id,
  accountId: "000000000000",
  connectedAtUnixMs: 1,
  sourceIp: "192.0.2.1",
  scheme: "http",
  port: 80,
  headers: ["Host", "chat.example", "User-Agent", "spec"],
  ...more,
});

/** A node with connections, named after it. */
function nodeOf(nodeId: string, count: number): ListingNode & { readonly open: ListedConnections } {
  const open = new ListedConnections(1);
  const opened = Array.from({ length: count }, (_, i) => recordOf(`${nodeId}${i}`));
  open.noticed("boot", { opened, closed: [] });
  return { nodeId, open, page: (ask) => open.page(ask) };
}

/** Pages until there are no more, and what `between` does after each. */
async function listed(
  nodes: () => readonly ListingNode[],
  limit: number,
  between: () => void = () => undefined,
) {
  const ids: string[] = [];
  const unreachable: string[] = [];
  let from: PagePlace | undefined;
  let pages = 0;
  do {
    const page = await listOverNodes({ ...stage, limit, from }, nodes());
    expect(page.connections.length).toBeLessThanOrEqual(limit);
    ids.push(...page.connections.map(({ connectionId }) => connectionId));
    unreachable.push(...page.unreachable);
    from = page.next;
    pages++;
    between();
  } while (from);
  return { ids, unreachable, pages };
}

describe("connections are listed over all nodes", () => {
  const [a, b, c] = [nodeOf("a", 3), nodeOf("b", 0), nodeOf("c", 4)];

  it.each([1, 2, 3, 4, 7, 1_000])("each once, by pages of %i, whichever node is asked", async (limit) => {
    let turn = 0;
    const orders = [
      [a, b, c],
      [c, a, b],
      [b, c, a],
    ];
    const { ids } = await listed(() => orders[turn++ % orders.length] ?? [], limit);
    expect(ids.toSorted()).toEqual(["a0", "a1", "a2", "c0", "c1", "c2", "c3"]);
  });

  it("and a node that cannot be reached is named", async () => {
    const gone: ListingNode = { nodeId: "gone", page: () => Promise.reject(new Error("no connection")) };
    const { ids, unreachable } = await listed(() => [a, gone, c], 1_000);
    expect([ids.length, unreachable]).toEqual([7, ["gone"]]);
  });

  it("and a node that left since the page before is passed over", async () => {
    const first = await listOverNodes({ ...stage, limit: 1, from: undefined }, [a, c]);
    const left = [a, c].find(({ nodeId }) => nodeTag(nodeId) === first.next?.nodeTag);
    const rest = [a, c].filter((node) => node !== left);
    const next = await listOverNodes({ ...stage, limit: 1_000, from: first.next }, rest);
    expect(next.connections.every(({ nodeId }) => nodeId !== left?.nodeId)).toBe(true);
  });
});

describe("a node lists its connections", () => {
  it("of one stage, as they were opened, those that close in between left out", async () => {
    const node = nodeOf("n", 20_000);
    const other = recordOf("other", { stageName: "dev" });
    node.open.noticed("boot", { opened: [other], closed: [] });
    let closing = 0;
    const { ids, pages } = await listed(
      () => [node],
      1_000,
      () => {
        // One that was listed, one that is not listed yet, and one that comes later.
        const at = closing++;
        const closed = [`n${at * 1_000}`, `n${19_999 - at}`];
        node.open.noticed("boot", { opened: [recordOf(`late${at}`)], closed });
      },
    );
    expect(pages).toBe(20);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.slice(0, 3)).toEqual(["n0", "n1", "n2"]);
    expect(ids.filter((id) => id.startsWith("late")).length).toBeGreaterThanOrEqual(19);
    expect(ids).not.toContain("other");
    expect(ids).not.toContain("n19999");
  });

  it("and none of a worker that has ended", () => {
    const { open } = nodeOf("n", 2);
    open.ended("boot");
    expect(open.page({ ...stage, after: 0, limit: 10 })).toEqual({ connections: [], nextAfter: undefined });
  });

  it("behind the places of its life before, when it starts again", () => {
    const open = new ListedConnections(2);
    open.noticed("boot", { opened: [recordOf("new")], closed: [] });
    const before = nodeOf("n", 900).open.page({ ...stage, after: 0, limit: 899 });
    expect(open.page({ ...stage, after: before.nextAfter ?? 0, limit: 10 }).connections.length).toBe(1);
  });
});

it.each<[string, NodePage]>([
  ["an empty page", { connections: [], nextAfter: undefined }],
  [
    "a page with callers that are known and not known",
    {
      connections: [
        {
          connectionId: "L0SM9cOFvHcCIhw=",
          connectedAtUnixMs: 1_764_444_000_000,
          sourceIp: "192.0.2.1",
          userAgent: "",
          principalId: "",
          userArn: undefined,
        },
        {
          connectionId: "L0SM9cOFvHcCIh0=",
          connectedAtUnixMs: 1,
          sourceIp: "::1",
          userAgent: "spec",
          principalId: undefined,
          userArn: "arn:aws:iam::000000000000:user/ada",
        },
      ],
      nextAfter: 1_764_444_000_000_000,
    },
  ],
])("%s is the same on the other node", (_what, page) => {
  const ask = { ...stage, after: 1_764_444_000_000_001, limit: 7 };
  const service = connectionService({
    giveOrder: async () => null,
    page: (asked) => {
      expect(asked).toEqual(ask);
      return page;
    },
  });
  let received: NodePage | undefined;
  const call = { request: create(ListConnectionsRequestSchema, toPageRequest(ask)) };
  service.listConnections(call as never, (_error, reply) => {
    received = nodePageOf(create(ListConnectionsResponseSchema, reply ?? {}));
  });
  expect(received).toEqual(page);
});
