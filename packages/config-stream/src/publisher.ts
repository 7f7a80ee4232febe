import { isDeepStrictEqual } from "node:util";
import type { Artifact, ArtifactSet } from "./artifact.ts";
import type { JoinedNode, LiveNodes, NodeStatus } from "./node.ts";
import { NodeSession } from "./node-session.ts";
import type { NodeStream } from "./node-stream.ts";
import { OutgoingUpdates } from "./outgoing-updates.ts";
import { type Placement, Releases } from "./releases.ts";

/** How often an idle node is sent the digest of the artifacts that it should have. */
const ANTI_ENTROPY_MS = 30_000;
/** How often, at most, nodes get their number: often enough for a few, rarely enough for a thousand that connect at once. */
const LIVE_NODES_MIN_MS = 200;
const LIVE_NODES_MS_PER_NODE = 5;
/** How often nodes report their health while rollouts depend on it. */
const HEALTH_MS = 2_000;

export interface PublisherOptions {
  readonly nowUnixMs?: () => number;
  readonly antiEntropyMs?: number;
  /** Whether new versions go out in waves: by `place`, not by themselves. */
  readonly isStaged?: boolean;
  /** Rejects with a Denial if a node must not be served. */
  readonly admit?: (node: JoinedNode) => Promise<void>;
  /** Called when a stream has ended; `leaves`: its node had said that it stops. */
  readonly gone?: (node: JoinedNode, leaves: boolean) => void;
}

/** Publisher brings every connected node to the newest set of artifacts. */
export class Publisher {
  readonly #releases: Releases;
  readonly #sessions = new Set<NodeSession>();
  readonly #updates = new OutgoingUpdates();
  readonly #listeners = new Set<() => void>();
  readonly #options: PublisherOptions;
  readonly #antiEntropy: NodeJS.Timeout;
  #liveNodes: LiveNodes = { count: 0, peers: [], missingPeers: [] };
  #tellingLiveNodes: NodeJS.Timeout | undefined;

  constructor(options: PublisherOptions = {}) {
    this.#options = options;
    this.#releases = new Releases({ isStaged: options.isStaged ?? false });
    const { antiEntropyMs = ANTI_ENTROPY_MS } = options;
    this.#antiEntropy = setInterval(() => {
      for (const session of this.#sessions) session.delivery.checkIn();
    }, antiEntropyMs);
    this.#antiEntropy.unref();
  }

  get version(): number {
    return this.#releases.newest.version;
  }

  get artifacts(): ArtifactSet {
    return this.#releases.newest.artifacts;
  }

  /**
   * publish makes a version current. Nodes that are applying an update get all changes of the meantime in their next one. `changedKeys`
   * are names of keys whose cached values on nodes are out of date; ALL_KEYS means all.
   */
  publish(
    version: number,
    upserts: readonly Artifact[],
    removals: readonly string[],
    changedKeys: readonly string[] = [],
  ): void {
    const { newest } = this.#releases;
    const { artifacts } = newest;
    newest.version = version;
    const changed: string[] = [];
    for (const artifact of upserts) {
      if (artifacts.get(artifact.name)?.digest.equals(artifact.digest)) continue;
      artifacts.set(artifact);
      changed.push(artifact.name);
    }
    for (const name of removals) {
      if (!artifacts.get(name)) continue;
      artifacts.delete(name);
      changed.push(name);
    }
    this.#releases.published();
    for (const session of this.#sessions) session.delivery.notify(newest, changed, changedKeys);
    this.#changed();
  }

  /** accept serves one node until its stream ends. Before the first publish nodes wait: an empty set would remove all their artifacts. */
  accept(stream: NodeStream): void {
    const { nowUnixMs = Date.now, admit, gone } = this.#options;
    const session = new NodeSession({
      stream,
      updates: this.#updates,
      nowUnixMs,
      release: ({ nodeId, version }) => this.#releases.of(nodeId, version > 0),
      admit,
      admitted: (node) => {
        if (this.#liveNodes.count > 0) node.tell(this.#toldLiveNodes);
        if (this.#options.isStaged) node.tell({ healthIntervalMs: HEALTH_MS });
        this.#changed();
      },
      changed: () => this.#changed(),
    });
    const leave = () => {
      session.close();
      if (!this.#sessions.delete(session)) return;
      if (session.hasIntroduced) gone?.(session, session.leaves);
      this.#changed();
    };
    this.#sessions.add(session);
    stream.on("end", () => {
      leave();
      stream.end();
    });
    stream.on("cancelled", leave);
    stream.on("error", leave);
    stream.on("close", leave);
  }

  /** nodes are the connected nodes that were admitted. */
  nodes(): readonly NodeStatus[] {
    return [...this.#sessions].flatMap((session) => session.status() ?? []);
  }

  /** place says which nodes may have which version, if versions go out in waves. */
  place(placement: Placement): void {
    this.#releases.place(placement);
    for (const session of this.#sessions) session.delivery.reselect();
  }

  get #toldLiveNodes() {
    const { count: liveNodes, peers, missingPeers } = this.#liveNodes;
    return { liveNodes, peers, missingPeers };
  }

  /** Tells the nodes which ones are connected to the control planes of the cluster. */
  set liveNodes(nodes: LiveNodes) {
    if (isDeepStrictEqual(nodes, this.#liveNodes)) return;
    this.#liveNodes = nodes;
    const waitMs = Math.max(LIVE_NODES_MIN_MS, this.#sessions.size * LIVE_NODES_MS_PER_NODE);
    this.#tellingLiveNodes ??= setTimeout(() => {
      this.#tellingLiveNodes = undefined;
      for (const session of this.#sessions) if (session.isAdmitted) session.tell(this.#toldLiveNodes);
    }, waitMs);
  }

  /** onChange registers a listener for possible changes of a node's status; the returned function removes it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    clearInterval(this.#antiEntropy);
    clearTimeout(this.#tellingLiveNodes);
    for (const session of this.#sessions) session.close();
    this.#updates.close();
  }
}
