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

/** Connections reaches the connections of clients, whichever worker or node has them. */
export interface Connections {
  /** order gives an order to a connection and returns its status; undefined: there is no such connection. */
  order(address: ConnectionAddress, order: ConnectionOrder): Promise<ConnectionStatus | undefined>;
}

/** noConnections is for processes that have none. */
export const noConnections: Connections = { order: async () => undefined };
