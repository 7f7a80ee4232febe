import type { NodeCondition, NodeFacts, NodeHealth, RefusedPart } from "@tollgate/config-stream";

/** NodeClaim says which process has a node id, and which control plane it is connected to. */
export interface NodeClaim extends Omit<NodeFacts, "version"> {
  /** Id of the control plane. */
  readonly plane: string;
  readonly connectUnixMs: number;
  /** Newest version that is known to be applied; used once the node is missing. */
  readonly appliedVersion: number;
  /** The node's stream ended without a word. undefined: it is connected, as long as its control plane is alive. */
  readonly missingSinceUnixMs?: number;
  /** Another control plane asks whether the process is alive. The one that the node is connected to removes this, or marks the node missing. */
  readonly question?: string;
}

/** Claimed is a claim and when it was last written. */
export interface Claimed {
  readonly claim: NodeClaim;
  readonly modRevision: number;
}

/** ReportedNode is what a control plane reports of a node that is connected to it. */
export interface ReportedNode {
  readonly bootId: string;
  readonly appliedVersion: number;
  readonly publishedVersion: number;
  readonly lastSeenUnixMs: number;
  readonly refused: readonly RefusedPart[];
  readonly health?: NodeHealth | undefined;
  readonly condition?: NodeCondition | undefined;
}

/** NodeBefore is what a node was like before a wave began. */
export interface NodeBefore {
  readonly bootId: string;
  /** Names of the parts that it refused. */
  readonly refused: readonly string[];
  readonly health?: NodeHealth | undefined;
}

/** RolloutRecord is the newest rollout in waves, which all control planes follow and one of them leads. */
export interface RolloutRecord {
  readonly version: number;
  /** Id of the stored release of this version. */
  readonly release: string;
  /** Hex set digest of its artifacts. */
  readonly digest: string;
  /** The version that all nodes may have meanwhile. */
  readonly base: number;
  /** Id of the stored release of that version. Empty: there is none. */
  readonly baseRelease: string;
  readonly state: "rolling" | "stopped" | "done";
  /** The nodes of the waves so far. */
  readonly members: readonly string[];
  /** All nodes before the newest wave, by their ids: whoever leads compares with the same. */
  readonly before: Readonly<Record<string, NodeBefore>>;
  /** Why it was stopped. */
  readonly reason: string;
}

/** PlaneReport is what a control plane reports to the others. It disappears soon after its process has ended. */
export interface PlaneReport {
  readonly plane: string;
  readonly nodes: Readonly<Record<string, ReportedNode>>;
}

export interface NodesState {
  readonly claims: ReadonlyMap<string, Claimed>;
  /** By the id of the control plane; those that are alive. */
  readonly reports: ReadonlyMap<string, PlaneReport>;
  readonly rollout: { readonly record: RolloutRecord; readonly modRevision: number } | undefined;
}

/**
 * NodeStore is what the control planes of a cluster know of its nodes together. `embedded-node-store.ts` is the smaller implementation.
 * A new one is checked by the contract in `node-store.contract.ts`.
 */
export interface NodeStore extends AsyncDisposable {
  /** As far as this process has seen it. It may be late, also for the writes of this process. */
  readonly state: NodesState;
  /** onChange registers a listener for changes of `state`; the returned function removes it. */
  onChange(listener: () => void): () => void;
  /** get returns the newest claim of a node id. */
  get(nodeId: string): Promise<Claimed | undefined>;
  /**
   * write replaces a claim, or removes it, if it was last written at `modRevision`; 0 means that there is none. Returns the revision of
   * this write, or undefined if the claim is another one meanwhile.
   */
  write(nodeId: string, claim: NodeClaim | undefined, modRevision: number): Promise<number | undefined>;
  /** writeRollout replaces the rollout if it was last written at `modRevision`; 0 means that there is none. False: it was not. */
  writeRollout(record: RolloutRecord, modRevision: number): Promise<boolean>;
  /** removeRollout forgets the rollout, because versions go to all nodes at once. */
  removeRollout(): Promise<void>;
  /** writeRelease stores the bytes of a version of the config under a new id. */
  writeRelease(id: string, bytes: Buffer): Promise<void>;
  /** readRelease returns what was stored under an id; undefined if nothing was, or not all of it. */
  readRelease(id: string): Promise<Buffer | undefined>;
  /** dropReleases removes the stored releases that are not needed any more. */
  dropReleases(isNeeded: (id: string) => boolean): Promise<void>;
  /** report replaces the report of this process. */
  report(report: PlaneReport): Promise<void>;
}
