import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Problem } from "@tollgate/config";
import type {
  Ack,
  Health,
  Hello,
  RefusedResource,
  StreamConfigRequest,
  StreamConfigResponseSchema,
} from "@tollgate/proto/discovery";
import type { ArtifactSet } from "./artifact.ts";
import { cut } from "./pieces.ts";

/** The first change is sent at once; later ones for the same node are collected for this long. */
const COALESCE_MS = 10;
/** Means all keys. */
export const ALL_KEYS = "*";
/** If more keys than this have changed, ALL_KEYS is sent instead. */
const CHANGED_KEYS_MAX = 1_000;

type Response = MessageInitShape<typeof StreamConfigResponseSchema>;

/** NodeStream is the control plane's end of a node's stream. An "error" event that it emits ends the stream with this status. */
export interface NodeStream {
  write(message: Response): boolean;
  end(): void;
  emit(event: "error", status: Error & Denial): unknown;
  on(event: "data", listener: (message: StreamConfigRequest) => void): unknown;
  on(event: "end" | "close" | "cancelled" | "error", listener: () => void): unknown;
  once(event: "drain", listener: () => void): unknown;
}

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
}

/** NodeHealth counts what happened on a node since its start. */
export interface NodeHealth {
  readonly calls: number;
  readonly serverErrors: number;
  readonly workerCrashes: number;
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

/** Release is a version of the config: all its artifacts. */
export interface Release {
  readonly artifacts: ArtifactSet;
  version: number;
}

export interface SessionPorts {
  readonly stream: NodeStream;
  readonly nowUnixMs: () => number;
  /** Selects the config of a node, when it has been admitted. undefined: nothing was published yet. */
  readonly release: (node: NodeFacts) => Release | undefined;
  /** Called when the node has introduced itself. Rejects with a Denial if the node cannot be served. undefined: every node is. */
  readonly admit: ((session: NodeSession) => Promise<void>) | undefined;
  readonly admitted: (session: NodeSession) => void;
  readonly changed: () => void;
}

const refusedPart = ({ name, code, path, params, message }: RefusedResource): RefusedPart => ({
  name,
  code,
  path,
  params,
  message,
});

/** NodeSession is one node's stream: at most one update is in progress, all other changes wait in `#dirty`. */
export class NodeSession implements JoinedNode {
  readonly #ports: SessionPorts;
  readonly #dirty = new Set<string>();
  readonly #changedKeys = new Set<string>();
  readonly #known = new Map<string, string>();
  readonly #connectUnixMs: number;
  readonly #pings = new Map<string, () => void>();
  #facts: NodeFacts | undefined;
  /** The config that the node is to have, once it has been admitted. */
  #release: Release | undefined;
  #admitted = false;
  #leaves = false;
  #health: NodeHealth | undefined;
  #lastSeenUnixMs: number;
  #awaitedNonce: string | undefined;
  #publishedVersion = 0;
  #appliedVersion = 0;
  #refused: readonly RefusedPart[] = [];
  #coalescing: NodeJS.Timeout | undefined;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #checkInDue = false;
  #closed = false;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.#connectUnixMs = this.#lastSeenUnixMs = ports.nowUnixMs();
    ports.stream.on("data", (request) => this.#receive(request));
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
    const waits = this.#dirty.size + this.#changedKeys.size > 0;
    const idle = this.#awaitedNonce === undefined && !waits && this.#appliedVersion > 0;
    return {
      ...this.#facts,
      connectUnixMs: this.#connectUnixMs,
      lastSeenUnixMs: this.#lastSeenUnixMs,
      publishedVersion: this.#publishedVersion,
      // A revision that changed nothing for the nodes needs no message: an idle node has already applied it.
      appliedVersion: idle && this.#release ? this.#release.version : this.#appliedVersion,
      refused: this.#refused,
      health: this.#health,
    };
  }

  /** notify reports that artifacts of a release have changed, or keys of any. */
  notify(release: Release, names: readonly string[], changedKeys: readonly string[]): void {
    // Without a release yet, the node is compared as a whole when it has one.
    if (release === this.#release) for (const name of names) this.#dirty.add(name);
    for (const key of changedKeys) this.#changedKeys.add(key);
    if (this.#changedKeys.size > CHANGED_KEYS_MAX) {
      this.#changedKeys.clear();
      this.#changedKeys.add(ALL_KEYS);
    }
    this.#schedule();
  }

  /** reselect moves the node to another release, if that is its release now. */
  reselect(): void {
    if (!this.#admitted) return;
    const release = this.#ports.release(this.facts);
    if (release && this.#release && release !== this.#release) {
      for (const name of release.artifacts.differsFrom(this.#release.artifacts)) this.#dirty.add(name);
      this.#release = release;
      this.#checkInDue = true;
    }
    this.#schedule();
  }

  checkIn(): void {
    this.#checkInDue = true;
    this.#schedule();
  }

  /** tell sends what belongs to no update: which nodes there are, or how often the node is to send its health. */
  tell(message: {
    readonly liveNodes?: number;
    readonly peers?: readonly Peer[];
    readonly healthIntervalMs?: number;
  }): void {
    // Nodes of the version before have no use for it.
    if (!this.#facts?.bootId || this.#closed) return;
    const { peers = [], ...told } = message;
    this.#ports.stream.write({ ...told, peers: peers.map((peer) => ({ ...peer })) });
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
    clearTimeout(this.#coalescing);
  }

  #receive({ message }: StreamConfigRequest): void {
    this.#lastSeenUnixMs = this.#ports.nowUnixMs();
    switch (message.case) {
      case "hello":
        return this.#greet(message.value);
      case "ack":
        return this.#acknowledge(message.value);
      case "pong":
        return this.#pings.get(message.value.ping)?.();
      case "report":
        this.#refused = message.value.refused.map(refusedPart);
        return this.#ports.changed();
      case "health":
        return this.#takeHealth(message.value);
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
    for (const { name, digest } of hello.known) this.#known.set(name, Buffer.from(digest).toString("hex"));
    if (hello.more || this.#facts) return;
    const { nodeId, bootId, host, pid, labels, softwareVersion, workerCount, peerAddress, version } = hello;
    this.#facts = {
      nodeId,
      bootId,
      host,
      pid,
      labels,
      softwareVersion,
      ...(peerAddress === "" ? {} : { peerAddress }),
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
    this.#checkInDue = true; // A node that already has everything gets this confirmed too.
    this.#ports.admitted(this);
    this.#schedule();
  }

  /** The differences are computed when the first update is built, so that nothing is lost if a hello arrives before the first publish. */
  #compareWithKnown({ artifacts }: Release): void {
    for (const artifact of artifacts.values())
      if (this.#known.get(artifact.name) !== artifact.digest.toString("hex")) this.#dirty.add(artifact.name);
      else this.#dirty.delete(artifact.name);
    for (const name of this.#known.keys()) if (!artifacts.get(name)) this.#dirty.add(name);
    this.#known.clear();
  }

  #acknowledge(ack: Ack): void {
    if (ack.nonce !== this.#awaitedNonce) return; // a late answer to an earlier update
    this.#awaitedNonce = undefined;
    this.#appliedVersion = Number(ack.version);
    this.#refused = ack.refused.map(refusedPart);
    this.#ports.changed();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#closed || !this.#admitted || this.#awaitedNonce !== undefined || this.#coalescing) return;
    this.#release ??= this.#ports.release(this.facts);
    if (!this.#release) return;
    if (this.#dirty.size + this.#changedKeys.size === 0 && !this.#checkInDue) return;
    const waitMs = this.#lastSentMs + COALESCE_MS - performance.now();
    if (waitMs <= 0) {
      void this.#send(this.#release);
      return;
    }
    this.#coalescing = setTimeout(() => {
      this.#coalescing = undefined;
      if (this.#release) void this.#send(this.#release);
    }, waitMs);
  }

  async #send(release: Release): Promise<void> {
    if (this.#closed || this.#awaitedNonce !== undefined) return;
    if (this.#appliedVersion === 0) this.#compareWithKnown(release);
    const nonce = randomUUID();
    const { version, artifacts } = release;
    const { setDigest } = artifacts;
    const names = [...this.#dirty];
    this.#dirty.clear();
    const changedKeys = [...this.#changedKeys];
    this.#changedKeys.clear();
    this.#checkInDue = false;
    this.#awaitedNonce = nonce;
    this.#publishedVersion = version;
    this.#lastSentMs = performance.now();
    const end = { last: true, setDigest, changedKeys };
    const pieces = cut(names, artifacts);
    for (const [i, piece] of pieces.entries()) {
      const isLast = i === pieces.length - 1;
      const message = { version: BigInt(version), nonce, ...piece, ...(isLast ? end : { last: false }) };
      if (!this.#closed && !this.#ports.stream.write(message) && !isLast)
        await once(this.#ports.stream as never, "drain").catch(() => undefined);
    }
    if (!this.#closed && pieces.length === 0)
      this.#ports.stream.write({ version: BigInt(version), nonce, ...end });
  }
}
