import type { ConnectionRecord } from "@tollgate/pipeline";
import type { ConnectionNotice } from "../worker/protocol.ts";
import type { NodePage, PageAsk } from "./connection-pages.ts";

interface ListedConnection {
  readonly record: ConnectionRecord;
  /** Of the worker that has it. */
  readonly boot: string;
  /** Connections have ascending places in the order in which they are noticed. */
  readonly place: number;
}

/** Places of a node that starts again are behind those of its life before: so many connections are opened in a millisecond at most. */
const PLACES_PER_MS = 1_000;

const summaryOf = ({ id, connectedAtUnixMs, sourceIp, headers, authorizer, userArn }: ConnectionRecord) => ({
  connectionId: id,
  connectedAtUnixMs,
  sourceIp,
  userAgent: headers[3] ?? "",
  principalId: authorizer?.principalId,
  userArn,
});

/** ListedConnections are the connections of all workers of a node: they can be listed without asking a worker. */
export class ListedConnections {
  /** In the order of their places. */
  readonly #open = new Map<string, ListedConnection>();
  #nextPlace: number;

  constructor(unixMs: number) {
    this.#nextPlace = unixMs * PLACES_PER_MS;
  }

  /** noticed takes over what the worker of a boot says. */
  noticed(boot: string, { opened, closed }: Pick<ConnectionNotice, "opened" | "closed">): void {
    for (const record of opened) this.#open.set(record.id, { record, boot, place: this.#nextPlace++ });
    for (const id of closed) this.#open.delete(id);
  }

  /** ended removes the connections of a worker that has ended. */
  ended(boot: string): void {
    for (const [id, connection] of this.#open) if (connection.boot === boot) this.#open.delete(id);
  }

  /** page returns connections to a stage. It looks at each connection once and copies only those of the page. */
  page({ apiId, stageName, after, limit }: PageAsk): NodePage {
    const connections: NodePage["connections"][number][] = [];
    let last = after;
    for (const { record, place } of this.#open.values()) {
      if (place <= after || record.apiId !== apiId || record.stageName !== stageName) continue;
      if (connections.length === limit) return { connections, nextAfter: last };
      connections.push(summaryOf(record));
      last = place;
    }
    return { connections, nextAfter: undefined };
  }
}
