import type { NodeHealth } from "@tollgate/config-stream";
import type { ClusterNode } from "../node/node-directory.ts";
import type { NodeBefore, RolloutRecord } from "../node/node-store.ts";

/** A node that has not applied a version after this time does not. */
const APPLY_TIMEOUT_MS = 60_000;
/** For so long a node may be without a control plane, as it is when its control plane ends, until it counts as missing. */
const MISSING_GRACE_MS = 10_000;
/** The rate of errors of fewer calls says nothing. */
const CALLS_MIN = 20;

const nodeBefore = ({ bootId, refused, health }: ClusterNode): NodeBefore => ({
  bootId,
  refused: refused.map(({ name }) => name),
  health,
});

/** nodesBefore is what a wave is compared with. */
export const nodesBefore = (nodes: readonly ClusterNode[]): RolloutRecord["before"] =>
  Object.fromEntries(nodes.map((node) => [node.nodeId, nodeBefore(node)]));

/** WaveWatch is a wave as its leader watches it. Another leader watches it from the start, but compares with the same. */
export class WaveWatch {
  readonly #record: RolloutRecord;
  readonly #sinceMs: number;
  readonly #errorRateMax: number;
  /** What was heard first of nodes of which nothing had been heard when the wave began: they had just connected. */
  readonly #firstHeard = new Map<string, NodeBefore>();
  readonly #missing = new Map<string, { readonly bootId: string; readonly sinceMs: number }>();
  /** Since when all nodes of the wave have applied the version. */
  #appliedMs: number | undefined;

  constructor(record: RolloutRecord, { errorRateMax }: { readonly errorRateMax: number }, nowMs: number) {
    this.#record = record;
    this.#errorRateMax = errorRateMax;
    this.#sinceMs = nowMs;
  }

  /** Whether this is the wave of a record. */
  isOf({ release, members }: RolloutRecord): boolean {
    return this.#record.release === release && this.#record.members.join() === members.join();
  }

  /** For how long all nodes of the wave have had the version; undefined: some do not have it. */
  appliedForMs(members: readonly ClusterNode[], nowMs: number): number | undefined {
    const { version } = this.#record;
    if (members.some((node) => node.appliedVersion < version || node.missingSinceUnixMs !== undefined)) {
      this.#appliedMs = undefined;
      return undefined;
    }
    this.#appliedMs ??= nowMs;
    return nowMs - this.#appliedMs;
  }

  /** Why the version is not to go further; undefined: nothing speaks against it. */
  problemOf(members: readonly ClusterNode[], all: readonly ClusterNode[], nowMs: number): string | undefined {
    const { members: ids } = this.#record;
    const usual = this.#errorRate(all.filter(({ nodeId }) => !ids.includes(nodeId))) ?? 0;
    for (const node of members) {
      const problem =
        this.#refusal(node) ??
        this.#absence(node, nowMs) ??
        this.#failure(node, usual) ??
        this.#delay(node, nowMs);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #refusal({ nodeId, refused }: ClusterNode): string | undefined {
    const known = this.#record.before[nodeId]?.refused ?? [];
    const part = refused.find(({ name }) => !known.includes(name));
    return part && `${nodeId} refused ${part.path}: ${part.message}`;
  }

  /** A node that ends without saying so, and comes back as another process, has crashed. */
  #absence({ nodeId, bootId, missingSinceUnixMs }: ClusterNode, nowMs: number): string | undefined {
    const seen = this.#missing.get(nodeId);
    if (missingSinceUnixMs === undefined) {
      this.#missing.delete(nodeId);
      return seen && seen.bootId !== bootId ? `${nodeId} ended without being stopped` : undefined;
    }
    const { sinceMs } = seen ?? { sinceMs: nowMs };
    if (!seen) this.#missing.set(nodeId, { bootId, sinceMs });
    return nowMs - sinceMs >= MISSING_GRACE_MS ? `${nodeId} is missing` : undefined;
  }

  #failure(node: ClusterNode, usual: number): string | undefined {
    const { nodeId } = node;
    const crashes = this.#healthSince(node)?.workerCrashes ?? 0;
    if (crashes > 0) return `${crashes} ${crashes === 1 ? "worker" : "workers"} of ${nodeId} crashed`;
    const rate = this.#errorRate([node]);
    return rate !== undefined && rate > usual + this.#errorRateMax
      ? `${percent(rate)} of the calls of ${nodeId} ended with a server error, ${percent(usual)} on other nodes`
      : undefined;
  }

  #delay({ nodeId, appliedVersion }: ClusterNode, nowMs: number): string | undefined {
    return appliedVersion < this.#record.version && nowMs - this.#sinceMs > APPLY_TIMEOUT_MS
      ? `${nodeId} did not apply it within ${APPLY_TIMEOUT_MS / 1000} seconds`
      : undefined;
  }

  /** What happened on a node since the wave began. A process that was started since then counts from its start. */
  #healthSince(node: ClusterNode): NodeHealth | undefined {
    const { nodeId, bootId, health } = node;
    if (!health) return undefined;
    const before = this.#record.before[nodeId];
    const then = before?.health || (before && before.bootId !== bootId) ? before : this.#heardFirst(node);
    if (then.bootId !== bootId || !then.health) return health;
    return {
      calls: health.calls - then.health.calls,
      serverErrors: health.serverErrors - then.health.serverErrors,
      workerCrashes: health.workerCrashes - then.health.workerCrashes,
    };
  }

  #heardFirst(node: ClusterNode): NodeBefore {
    const heard = this.#firstHeard.get(node.nodeId) ?? nodeBefore(node);
    this.#firstHeard.set(node.nodeId, heard);
    return heard;
  }

  /** The share of the calls since the wave began that ended with a server error; undefined: there were too few. */
  #errorRate(nodes: readonly ClusterNode[]): number | undefined {
    let calls = 0;
    let errors = 0;
    for (const node of nodes) {
      const since = this.#healthSince(node);
      calls += since?.calls ?? 0;
      errors += since?.serverErrors ?? 0;
    }
    return calls < CALLS_MIN ? undefined : errors / calls;
  }
}

const percent = (rate: number): string => `${(rate * 100).toFixed(1)} %`;
