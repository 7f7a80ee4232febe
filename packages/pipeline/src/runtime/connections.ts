import type { ConnectionKey } from "../call/caller-key.ts";

/** ConnectionAddress names a client's connection to a WebSocket API. */
export interface ConnectionAddress {
  readonly apiId: string;
  readonly stageName: string;
  readonly connectionId: string;
}

/** ConnectionStatus is what is known of a connection that is open. */
export interface ConnectionStatus {
  readonly connectedAtUnixMs: number;
  readonly lastActiveAtUnixMs: number;
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** ConnectionOrder is what a backend wants of a connection: send a message, describe it, or close it. */
export type ConnectionOrder =
  | { readonly type: "post"; readonly message: Buffer }
  | { readonly type: "get" }
  | { readonly type: "delete" };

/** OrderOutcome is what came of an order to a connection that is open: it is done. */
export interface OrderOutcome {
  /** Of `get`. */
  readonly status?: ConnectionStatus;
  /** Whom messages to the connection are charged to; absent: to nobody's key. */
  readonly key?: ConnectionKey;
}

/** DONE is the outcome of an order that asks for nothing, to a connection without a key. */
export const DONE: OrderOutcome = {};

/** ConnectionSummary is what a list says of a connection that is open. */
export interface ConnectionSummary {
  readonly connectionId: string;
  readonly connectedAtUnixMs: number;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Of the caller that a Lambda authorizer let in. */
  readonly principalId: string | undefined;
  /** Of the caller that signed its handshake. */
  readonly userArn: string | undefined;
  /** Id of the node that has the connection. */
  readonly nodeId: string;
}

/** PagePlace is where a page of connections begins: behind a place on one node, then the nodes that follow it. */
export interface PagePlace {
  /** Names the node: the order of tags is that of the nodes, whichever of them is asked. */
  readonly nodeTag: string;
  readonly after: number;
}

/** ListAsk asks for a page of the connections to a stage. */
export interface ListAsk {
  readonly apiId: string;
  readonly stageName: string;
  readonly limit: number;
  /** undefined: the first page. */
  readonly from: PagePlace | undefined;
}

/** ConnectionPage is a page of the connections to a stage, on all nodes. */
export interface ConnectionPage {
  readonly connections: readonly ConnectionSummary[];
  /** Where the next page begins; undefined: there is none. */
  readonly next: PagePlace | undefined;
  /** Ids of the nodes whose connections are not in the page because they cannot be reached. */
  readonly unreachable: readonly string[];
}

/** Connections reaches the connections of clients, whichever worker or node has them. */
export interface Connections {
  /** order gives an order to a connection; undefined: there is no such connection. A promise: another worker or node has to be asked. */
  order(
    address: ConnectionAddress,
    order: ConnectionOrder,
  ): OrderOutcome | undefined | Promise<OrderOutcome | undefined>;
  /** list returns a page of the connections to a stage. */
  list(ask: ListAsk): Promise<ConnectionPage>;
}

/** noConnections is for processes that have none. */
export const noConnections: Connections = {
  order: () => undefined,
  list: async () => ({ connections: [], next: undefined, unreachable: [] }),
};
