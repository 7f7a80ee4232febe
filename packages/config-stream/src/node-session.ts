import { randomUUID } from "node:crypto";
import type { Health, Hello, StreamConfigRequest } from "@tollgate/proto/discovery";
import { Delivery } from "./delivery.ts";
import type { Denial, JoinedNode, NodeCondition, NodeFacts, NodeHealth, NodeStatus, Peer } from "./node.ts";
import type { NodeStream } from "./node-stream.ts";
import type { OutgoingUpdates } from "./outgoing-updates.ts";
import type { Release } from "./releases.ts";

export interface SessionPorts {
  readonly stream: NodeStream;
  readonly updates: OutgoingUpdates;
  readonly nowUnixMs: () => number;
  /** Selects the config of a node, when it has been admitted. undefined: nothing was published yet. */
  readonly release: (node: NodeFacts) => Release | undefined;
  /** Called when the node has introduced itself. Rejects with a Denial if the node cannot be served. undefined: every node is. */
  readonly admit: ((session: NodeSession) => Promise<void>) | undefined;
  readonly admitted: (session: NodeSession) => void;
  readonly changed: () => void;
}

/** NodeSession is one node's stream: who the node is, whether it is served, and what belongs to no update. `delivery` sends it its config. */
export class NodeSession implements JoinedNode {
  readonly delivery: Delivery;
  readonly #ports: SessionPorts;
  readonly #connectUnixMs: number;
  readonly #pings = new Map<string, () => void>();
  #facts: NodeFacts | undefined;
  #admitted = false;
  #leaves = false;
  #health: NodeHealth | undefined;
  #condition: NodeCondition | undefined;
  #lastSeenUnixMs: number;
  #closed = false;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.#connectUnixMs = this.#lastSeenUnixMs = ports.nowUnixMs();
    const { stream, updates, changed } = ports;
    this.delivery = new Delivery({ stream, updates, changed, release: () => ports.release(this.facts) });
    stream.on("data", (request) => this.#receive(request));
  }

  get facts(): NodeFacts {
    if (!this.#facts) throw new Error("the node has not said hello");
    return this.#facts;
  }

  /** Whether the node has said hello. */
  get hasIntroduced(): boolean {
    return this.#facts !== undefined;
  }

  get isAdmitted(): boolean {
    return this.#admitted && !this.#closed;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether the node said that it stops. */
  get leaves(): boolean {
    return this.#leaves;
  }

  /** undefined: the node has not been admitted. */
  status(): NodeStatus | undefined {
    if (!this.#facts || !this.isAdmitted) return undefined;
    const { publishedVersion, appliedVersion, refused } = this.delivery;
    return {
      ...this.#facts,
      connectUnixMs: this.#connectUnixMs,
      lastSeenUnixMs: this.#lastSeenUnixMs,
      publishedVersion,
      appliedVersion,
      refused,
      health: this.#health,
      condition: this.#condition,
    };
  }

  /** tell sends what belongs to no update: which nodes there are, or how often the node is to send its health. */
  tell(message: {
    readonly liveNodes?: number;
    readonly peers?: readonly Peer[];
    readonly missingPeers?: readonly Peer[];
    readonly healthIntervalMs?: number;
  }): void {
    // Nodes of the version before have no use for it.
    if (!this.#facts?.bootId || this.#closed) return;
    const { peers = [], missingPeers = [], ...told } = message;
    this.#ports.stream.write({ ...told, peers: [...peers], missingPeers: [...missingPeers] });
  }

  async probe(timeoutMs: number): Promise<boolean> {
    if (this.#closed) return false;
    const ping = randomUUID();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const late = setTimeout(() => resolve(false), timeoutMs);
    this.#pings.set(ping, () => resolve(true));
    this.#ports.stream.write({ ping });
    const responded = await promise;
    clearTimeout(late);
    this.#pings.delete(ping);
    return responded && !this.#closed;
  }

  end({ code, details }: Denial): void {
    if (this.#closed) return;
    this.close();
    this.#ports.stream.emit("error", Object.assign(new Error(details), { code, details }));
  }

  close(): void {
    this.#closed = true;
    this.delivery.close();
  }

  #receive({ message }: StreamConfigRequest): void {
    this.#lastSeenUnixMs = this.#ports.nowUnixMs();
    switch (message.case) {
      case "hello":
        return this.#greet(message.value);
      case "ack":
        return this.delivery.acknowledged(message.value);
      case "pong":
        return this.#pings.get(message.value.ping)?.();
      case "report":
        return this.delivery.reported(message.value.refused);
      case "health":
        return this.#takeHealth(message.value);
      case "condition":
        this.#condition = { notReady: message.value.notReady, concerns: message.value.concerns };
        return this.#ports.changed();
      case "leave":
        this.#leaves = true;
    }
  }

  #takeHealth({ calls, serverErrors, workerCrashes }: Health): void {
    this.#health = {
      calls: Number(calls),
      serverErrors: Number(serverErrors),
      workerCrashes: Number(workerCrashes),
    };
    this.#ports.changed();
  }

  #greet(hello: Hello): void {
    this.delivery.knows(hello.known);
    if (hello.more || this.#facts) return;
    const { nodeId, bootId, host, pid, labels, softwareVersion, workerCount, peerAddress, isEdge, version } =
      hello;
    this.#facts = {
      nodeId,
      bootId,
      host,
      pid,
      labels,
      softwareVersion,
      ...(peerAddress === "" ? {} : { peerAddress }),
      ...(isEdge ? { isEdge } : {}),
      workerCount,
      version: Number(version),
    };
    const admission = this.#ports.admit?.(this);
    if (!admission) return this.#begin();
    this.tell({}); // The node knows now that somebody decides about it.
    admission.then(
      () => this.#begin(),
      (denial: Denial) => this.end(denial),
    );
  }

  #begin(): void {
    if (this.#closed) return;
    this.#admitted = true;
    this.#ports.admitted(this);
    this.delivery.begin();
  }
}
