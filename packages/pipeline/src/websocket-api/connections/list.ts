import type { Integrate } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import type { Ports } from "../../engine/ports.ts";
import type { ConnectionPage, ConnectionSummary, PagePlace } from "../../runtime/connections.ts";
import type { WebSocketContext } from "../context.ts";
import { timeText } from "./time-text.ts";

/** Connections of a page: at most, and where the caller does not say. */
const PAGE_MAX = 1_000;
const PAGE_DEFAULT = 100;

const PAGE_SIZE = /^[1-9]\d{0,3}$/;
/** The tag of a node, and a place there. */
const TOKEN = /^([A-Za-z0-9_-]{4})\.(\d{1,16})$/;

const tokenOf = ({ nodeTag, after }: PagePlace): string => `${nodeTag}.${after}`;

function placeOf(token: string): PagePlace | undefined {
  const [, nodeTag = "", after] = TOKEN.exec(token) ?? [];
  const place = Number(after);
  return Number.isSafeInteger(place) ? { nodeTag, after: place } : undefined;
}

const refused = (message: string): Reply => deny("DEFAULT_4XX", { message });
const invalidSize = refused(`Invalid maxResults: it must be a number from 1 to ${PAGE_MAX}`);
const invalidToken = refused("Invalid nextToken: it must be the nextToken of the page before");

const itemOf = (connection: ConnectionSummary) => ({
  connectionId: connection.connectionId,
  connectedAt: timeText(connection.connectedAtUnixMs),
  identity: { sourceIp: connection.sourceIp, userAgent: connection.userAgent },
  principalId: connection.principalId,
  userArn: connection.userArn,
  nodeId: connection.nodeId,
});

function listed({ connections, next, unreachable }: ConnectionPage): Reply {
  const body = JSON.stringify({
    items: connections.map(itemOf),
    nextToken: next && tokenOf(next),
    unreachableNodes: unreachable.length > 0 ? unreachable : undefined,
  });
  return { status: 200, headers: ["Content-Type", "application/json"], body };
}

/** listConnections responds with a page of the stage's connections on all nodes. AWS has no such operation. */
export const listConnections =
  ({ apiId, stageName }: WebSocketContext, { connections }: Ports): Integrate =>
  async ({ query }) => {
    const parameters = new URLSearchParams(query);
    const size = parameters.get("maxResults") ?? String(PAGE_DEFAULT);
    if (!PAGE_SIZE.test(size) || Number(size) > PAGE_MAX) return invalidSize;
    const token = parameters.get("nextToken");
    const from = token === null ? undefined : placeOf(token);
    if (token !== null && !from) return invalidToken;
    return listed(await connections.list({ apiId, stageName, limit: Number(size), from }));
  };
