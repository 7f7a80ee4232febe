import type { Problem } from "@tollgate/config";

/** RefusedPart is a problem that keeps a node from using an artifact. */
export interface RefusedPart extends Problem {
  readonly name: string;
}

/** NodeFacts is what a node says of itself when it connects. */
export interface NodeFacts {
  readonly nodeId: string;
  /** Identifies the process. Empty: a node of the version before, which does not say. */
  readonly bootId: string;
  readonly host: string;
  readonly pid: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly softwareVersion: string;
  readonly workerCount: number;
  /** host:port at which other nodes reach it; empty or absent: they cannot. */
  readonly peerAddress?: string;
  /** It relays calls to other nodes, and serves none itself; absent: it serves calls. */
  readonly isEdge?: true;
  /** Version of the config that it had. */
  readonly version: number;
}

/** Peer is a node that other nodes can reach. */
export interface Peer {
  readonly nodeId: string;
  /** host:port */
  readonly address: string;
}

/** LiveNodes are the nodes that are connected to the control planes of a cluster. */
export interface LiveNodes {
  readonly count: number;
  /** Those that others can reach. */
  readonly peers: readonly Peer[];
  /** Nodes that are not connected, and have not said that they stop: they may go on serving their clients. */
  readonly missingPeers: readonly Peer[];
}

/** NodeHealth counts what happened on a node since its start. */
export interface NodeHealth {
  readonly calls: number;
  readonly serverErrors: number;
  readonly workerCrashes: number;
}

/** NodeCondition is whether a node can have calls, as it says itself. */
export interface NodeCondition {
  /** Why every call to it would be refused; empty: it is ready. */
  readonly notReady: string;
  /** What is wrong with it meanwhile, each with what to do. */
  readonly concerns: readonly string[];
}

/** NodeStatus is the state of a connected node. */
export interface NodeStatus extends NodeFacts {
  readonly connectUnixMs: number;
  readonly lastSeenUnixMs: number;
  readonly publishedVersion: number;
  /** Newest version that the node has acknowledged, whether or not it refused parts of it. */
  readonly appliedVersion: number;
  readonly refused: readonly RefusedPart[];
  /** Only while rollouts depend on it. */
  readonly health: NodeHealth | undefined;
  /** undefined: it has not said it, or is of a version that does not. */
  readonly condition: NodeCondition | undefined;
}

/** Denial is why a node's stream is ended: a gRPC status. */
export interface Denial {
  readonly code: number;
  readonly details: string;
}

/** JoinedNode is a node that has said hello, for those that decide about it. */
export interface JoinedNode {
  readonly facts: NodeFacts;
  readonly isClosed: boolean;
  /** Whether the node responds within a time. A process that has ended, or a connection that is only half open, does not. */
  probe(timeoutMs: number): Promise<boolean>;
  end(denial: Denial): void;
}
