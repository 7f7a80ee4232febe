import type { NodeStatus, Peer } from "@tollgate/config-stream";
import type { Publisher } from "@tollgate/config-stream/publisher";
import type { Logger } from "@tollgate/telemetry";
import type { NodeAdmission } from "./node-admission.ts";
import type { NodeClaim, NodeStore } from "./node-store.ts";
import { toPlaneReport } from "./plane-report.ts";

const TIDY_MS = 1_000;
/** How long after a change claims and reports are written. */
const SETTLE_MIN_MS = 50;
const SETTLE_MAX_MS = 2_000;
const SETTLE_MS_PER_NODE = 1;
/** How often a report is written only because nodes were seen again. */
const SEEN_AGAIN_MS = 60_000;

/** Nodes that have lost their control plane wait for 10 seconds at most before they connect again. */
const RETURN_MS = 15_000;

/** ClusterNode is a node of the cluster: connected to any of its control planes, or missing. */
export interface ClusterNode extends Omit<NodeStatus, "version"> {
  /** The control plane that it is or was connected to. */
  readonly plane: string;
  /** undefined: it is connected. */
  readonly missingSinceUnixMs: number | undefined;
}

export interface NodeDirectoryOptions {
  readonly store: NodeStore;
  readonly publisher: Publisher;
  readonly admission: NodeAdmission;
  /** Id of this control plane. */
  readonly plane: string;
  readonly logger: Logger;
  readonly nowUnixMs: () => number;
}

const peersOf = (nodes: readonly ClusterNode[]): Peer[] =>
  nodes.flatMap(({ nodeId, peerAddress: address }) => (address ? [{ nodeId, address }] : []));

/** NodeDirectory lists the nodes of all control planes, and reports those of this one to the others. */
export class NodeDirectory implements AsyncDisposable {
  readonly #options: NodeDirectoryOptions;
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => void)[];
  readonly #tidying: NodeJS.Timeout;
  readonly #startUnixMs: number;
  #tidy: Promise<void> | undefined;
  #tidyAgain = false;
  #settling: NodeJS.Timeout | undefined;
  #reported = "";
  #reportedMs = Number.NEGATIVE_INFINITY;
  #isReportLate = false;
  #telling: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(options: NodeDirectoryOptions) {
    this.#options = options;
    const { store, publisher, nowUnixMs } = options;
    this.#startUnixMs = nowUnixMs();
    this.#stops = [store.onChange(() => this.#changed()), publisher.onChange(() => this.#changed())];
    this.#tidying = setInterval(() => this.#changed(), TIDY_MS);
    this.#tidying.unref();
    this.#changed();
  }

  /** all are the nodes in the order of their ids. */
  all(): readonly ClusterNode[] {
    const { store, publisher, plane } = this.#options;
    const nodes = new Map<string, ClusterNode>();
    for (const { claim } of store.state.claims.values()) nodes.set(claim.nodeId, this.#reportedNode(claim));
    for (const { version: _version, ...status } of publisher.nodes())
      nodes.set(status.nodeId, { ...status, plane, missingSinceUnixMs: undefined });
    return [...nodes.values()].sort((a, b) => a.nodeId.localeCompare(b.nodeId));
  }

  /** onChange registers a listener for possible changes of a node; the returned function removes it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A node as its control plane reports it, or as its claim does if there is no report of it yet. */
  #reportedNode({ question: _question, ...claim }: NodeClaim): ClusterNode {
    const { store, plane, nowUnixMs } = this.#options;
    const report = store.state.reports.get(claim.plane);
    const found = report?.nodes[claim.nodeId];
    const node = found?.bootId === claim.bootId ? found : undefined;
    const isConnected =
      claim.missingSinceUnixMs === undefined && claim.plane !== plane && report !== undefined;
    return {
      publishedVersion: 0,
      lastSeenUnixMs: claim.missingSinceUnixMs ?? claim.connectUnixMs,
      refused: [],
      health: undefined,
      condition: undefined,
      ...claim,
      ...node,
      missingSinceUnixMs: isConnected ? undefined : (claim.missingSinceUnixMs ?? nowUnixMs()),
    };
  }

  /** Many changes in one turn of the event loop are one for those that wait. What concerns the cluster follows a little later. */
  #changed(): void {
    this.#telling ??= setImmediate(() => {
      this.#telling = undefined;
      if (this.#closed) return;
      for (const listener of this.#listeners) listener();
    });
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#settle();
    }, this.#settleMs());
  }

  /** A control plane of many nodes reports less often, because its report names all of them. */
  #settleMs(): number {
    const count = this.#options.publisher.nodes().length;
    return Math.min(SETTLE_MAX_MS, Math.max(SETTLE_MIN_MS, count * SETTLE_MS_PER_NODE));
  }

  #settle(): void {
    const { publisher, store, plane } = this.#options;
    // Until its own report is there, this process has not read what the others report.
    if (store.state.reports.has(plane)) {
      // A node that is about to connect again serves its clients meanwhile: others must not take their connections for gone.
      const isLive = ({ nodeId, missingSinceUnixMs }: ClusterNode) =>
        missingSinceUnixMs === undefined || this.#returns(nodeId);
      const { live = [], missing = [] } = Object.groupBy(this.all(), (node) =>
        isLive(node) ? "live" : "missing",
      );
      publisher.liveNodes = {
        // Edge nodes take no part of limits.
        count: live.filter(({ isEdge }) => isEdge !== true).length,
        peers: peersOf(live),
        // They may have lost nothing but the control planes.
        missingPeers: peersOf(missing),
      };
    }
    this.#runTidy();
    void this.#report();
  }

  /**
   * Whether a node is about to connect again: nobody has found it missing, or this control plane has just replaced another one. Without it, the
   * first node that is back would have the limits of all.
   */
  #returns(nodeId: string): boolean {
    const { store, nowUnixMs } = this.#options;
    const claim = store.state.claims.get(nodeId)?.claim;
    const sinceUnixMs = claim?.missingSinceUnixMs;
    if (sinceUnixMs === undefined) return true;
    // One that has come back, and is missing since, has ended.
    if (claim && claim.connectUnixMs >= this.#startUnixMs) return false;
    const isStarting = nowUnixMs() - this.#startUnixMs < RETURN_MS;
    return isStarting && sinceUnixMs >= this.#startUnixMs - RETURN_MS;
  }

  #runTidy(): void {
    if (this.#tidy) {
      this.#tidyAgain = true;
      return;
    }
    this.#tidyAgain = false;
    this.#tidy = this.#options.admission
      .tidy()
      // The store is away: the next one makes up for it.
      .catch((error: unknown) => this.#options.logger.debug({ err: error }, "nodes could not be registered"))
      .finally(() => {
        this.#tidy = undefined;
        if (this.#tidyAgain && !this.#closed) this.#runTidy();
      });
  }

  async #report(): Promise<void> {
    const { store, publisher, plane, logger } = this.#options;
    const report = toPlaneReport(plane, publisher.nodes());
    const text = JSON.stringify(report, (name, value: unknown) =>
      name === "lastSeenUnixMs" ? undefined : value,
    );
    const nowMs = performance.now();
    if (text === this.#reported && nowMs - this.#reportedMs < SEEN_AGAIN_MS) return;
    try {
      await store.report(report);
      this.#reported = text;
      this.#reportedMs = nowMs;
      this.#isReportLate = false;
    } catch (error) {
      const what = "the nodes of this control plane could not be reported to the others";
      // It is tried again every second: one line is enough.
      if (this.#isReportLate) logger.debug({ err: error }, what);
      else logger.warn({ err: error }, what);
      this.#isReportLate = true;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#tidying);
    clearTimeout(this.#settling);
    if (this.#telling) clearImmediate(this.#telling);
    for (const stop of this.#stops) stop();
    await this.#tidy;
  }
}
