import type { ConnectionPage, ConnectionSummary, ListAsk } from "@tollgate/pipeline";
import { nodeTag } from "../websocket/owner.ts";

/** PageAsk asks a node for a page of its connections to a stage. */
export interface PageAsk extends Pick<ListAsk, "apiId" | "stageName" | "limit"> {
  /** The page begins behind this place; 0: at the first connection. */
  readonly after: number;
}

/** NodePage is a page of the connections of one node, in the order in which they were opened. */
export interface NodePage {
  readonly connections: readonly Omit<ConnectionSummary, "nodeId">[];
  /** The place of the last connection of the page, if others follow. */
  readonly nextAfter: number | undefined;
}

/** ListingNode is a node that says what its connections are. */
export interface ListingNode {
  readonly nodeId: string;
  page(ask: PageAsk): NodePage | Promise<NodePage>;
}

/**
 * listOverNodes puts a page together: one node after the other, in the order of their tags, so that any node can continue what another one began.
 * A node that cannot be reached is named, and passed over.
 */
export async function listOverNodes(
  { apiId, stageName, limit, from }: ListAsk,
  nodes: readonly ListingNode[],
): Promise<ConnectionPage> {
  const tagged = nodes.map((node) => ({ node, tag: nodeTag(node.nodeId) }));
  tagged.sort((a, b) => (a.tag < b.tag ? -1 : 1));
  const connections: ConnectionSummary[] = [];
  const unreachable: string[] = [];
  for (const { node, tag } of tagged) {
    if (from && tag < from.nodeTag) continue;
    const left = limit - connections.length;
    if (left === 0) return { connections, next: { nodeTag: tag, after: 0 }, unreachable };
    const after = tag === from?.nodeTag ? from.after : 0;
    const { nodeId } = node;
    try {
      const page = await node.page({ apiId, stageName, limit: left, after });
      for (const connection of page.connections) connections.push({ ...connection, nodeId });
      if (page.nextAfter !== undefined)
        return { connections, next: { nodeTag: tag, after: page.nextAfter }, unreachable };
    } catch {
      unreachable.push(nodeId);
    }
  }
  return { connections, next: undefined, unreachable };
}
