import type { Publisher } from "@tollgate/config-stream";
import type { Logger } from "@tollgate/telemetry";
import type { ClusterNode, NodeDirectory } from "../node/node-directory.ts";
import type { NodeStore, RolloutRecord } from "../node/node-store.ts";

const STEP_MS = 500;
/** The share of the nodes that have a version after the second wave. */
const SECOND_WAVE = 0.1;
/** A node that has not applied a version after this time does not. */
const APPLY_TIMEOUT_MS = 60_000;
/** The rate of errors of fewer calls says nothing. */
const CALLS_MIN = 20;

export interface RolloutWavesOptions {
  readonly store: NodeStore;
  readonly publisher: Pick<
    Publisher,
    "version" | "stableVersion" | "isBehind" | "stage" | "finish" | "withdraw"
  >;
  readonly nodes: Pick<NodeDirectory, "all">;
  /** Id of this control plane. */
  readonly plane: string;
  /** For how long the nodes of a wave are watched. */
  readonly bakeMs: number;
  /** How much higher the share of calls that end with a server error may be than on the other nodes. */
  readonly errorRateMax: number;
  readonly logger: Logger;
  readonly nowMs?: () => number;
}

/** A wave as its leader watches it, and what its nodes were like before. */
interface Watch {
  readonly version: number;
  readonly count: number;
  readonly sinceMs: number;
  readonly before: ReadonlyMap<string, ClusterNode>;
  /** Since when all nodes of the wave have applied the version. */
  appliedMs: number | undefined;
}

/**
 * RolloutWaves brings each new version to one node, then to a tenth of them, then to the rest, and takes it back if a node of a wave refuses a
 * part of it, crashes, is missing, or fails more calls. All control planes follow the rollout in the store; the first of them by id leads it.
 * Versions that are written meanwhile wait for the next rollout.
 */
export class RolloutWaves implements Disposable {
  readonly #options: RolloutWavesOptions;
  readonly #timer: NodeJS.Timeout;
  #stepping: Promise<void> | undefined;
  #watch: Watch | undefined;

  constructor(options: RolloutWavesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.step(), STEP_MS);
    this.#timer.unref();
  }

  #nowMs(): number {
    return (this.#options.nowMs ?? (() => performance.now()))();
  }

  /** step follows the rollout, and leads it if that is this control plane's part. */
  step(): Promise<void> {
    this.#stepping ??= this.#step()
      // The store is away: the next step makes up for it.
      .catch((error: unknown) => this.#options.logger.debug({ err: error }, "a rollout did not go on"))
      .finally(() => {
        this.#stepping = undefined;
      });
    return this.#stepping;
  }

  async #step(): Promise<void> {
    const { store, plane, publisher } = this.#options;
    const { reports, rollout } = store.state;
    // Without its own report, this process has not read the store yet.
    if (!reports.has(plane)) return;
    const record = rollout?.record;
    this.#follow(record);
    const [leader] = [...reports.keys()].sort();
    if (leader !== plane) {
      this.#watch = undefined;
      return;
    }
    const modRevision = rollout?.modRevision ?? 0;
    if (record?.state === "rolling") return this.#lead(record, modRevision);
    const isNew = publisher.version > (record?.version ?? 0);
    if (isNew && (publisher.isBehind || publisher.stableVersion === 0)) await this.#begin(modRevision);
  }

  #follow(record: RolloutRecord | undefined): void {
    const { publisher } = this.#options;
    if (!record || record.state === "done") publisher.finish(record?.version ?? 0);
    else if (record.state === "stopped") publisher.withdraw();
    else if (publisher.version >= record.version) publisher.stage(new Set(record.members));
  }

  async #begin(modRevision: number): Promise<void> {
    const { publisher } = this.#options;
    const [first] = this.#connected();
    const record: RolloutRecord = {
      version: publisher.version,
      base: publisher.stableVersion,
      state: first ? "rolling" : "done",
      members: first ? [first.nodeId] : [],
      reason: "",
    };
    this.#watched(record); // before its nodes get the version
    await this.#write(record, modRevision);
  }

  #connected(): readonly ClusterNode[] {
    return this.#options.nodes.all().filter(({ missingSinceUnixMs }) => missingSinceUnixMs === undefined);
  }

  async #lead(record: RolloutRecord, modRevision: number): Promise<void> {
    const watch = this.#watched(record);
    const all = this.#options.nodes.all();
    const members = all.filter(({ nodeId }) => record.members.includes(nodeId));
    const reason = this.#problemOf(record, watch, members, all);
    if (reason !== undefined) {
      this.#options.logger.error({ version: record.version, reason }, "a rollout was stopped");
      return this.#write({ ...record, state: "stopped", reason }, modRevision);
    }
    // Those that were stopped in order have left the list.
    if (members.length === 0) return this.#begin(modRevision);
    if (members.some(({ appliedVersion }) => appliedVersion < record.version)) return;
    watch.appliedMs ??= this.#nowMs();
    if (this.#nowMs() - watch.appliedMs < this.#options.bakeMs) return;
    const connected = this.#connected();
    const count = Math.ceil(connected.length * SECOND_WAVE);
    if (count <= record.members.length) return this.#write({ ...record, state: "done" }, modRevision);
    const others = connected.map(({ nodeId }) => nodeId).filter((id) => !record.members.includes(id));
    const next = [...record.members, ...others].slice(0, count);
    this.#watched({ ...record, members: next });
    await this.#write({ ...record, members: next }, modRevision);
  }

  /** What a wave is compared with is remembered when its leader sees it first. */
  #watched({ version, members }: RolloutRecord): Watch {
    if (this.#watch?.version !== version || this.#watch.count !== members.length)
      this.#watch = {
        version,
        count: members.length,
        sinceMs: this.#nowMs(),
        before: new Map(this.#options.nodes.all().map((node) => [node.nodeId, node])),
        appliedMs: undefined,
      };
    return this.#watch;
  }

  #problemOf(
    { version, members: ids }: RolloutRecord,
    { before, sinceMs }: Watch,
    members: readonly ClusterNode[],
    all: readonly ClusterNode[],
  ): string | undefined {
    const others = all.filter(({ nodeId }) => !ids.includes(nodeId));
    const usual = errorRate(others, before) ?? 0;
    for (const node of members) {
      const { nodeId, missingSinceUnixMs, health, appliedVersion } = node;
      const known = new Set(before.get(nodeId)?.refused.map(({ name }) => name));
      const refused = node.refused.find(({ name }) => !known.has(name));
      if (refused) return `${nodeId} refused ${refused.path}: ${refused.message}`;
      if (missingSinceUnixMs !== undefined) return `${nodeId} is missing`;
      const crashes = (health?.workerCrashes ?? 0) - (before.get(nodeId)?.health?.workerCrashes ?? 0);
      if (health && before.get(nodeId)?.health && crashes > 0)
        return `${crashes} ${crashes === 1 ? "worker" : "workers"} of ${nodeId} crashed`;
      const rate = errorRate([node], before);
      if (rate !== undefined && rate > usual + this.#options.errorRateMax)
        return `${percent(rate)} of the calls of ${nodeId} ended with a server error, ${percent(usual)} on other nodes`;
      if (appliedVersion < version && this.#nowMs() - sinceMs > APPLY_TIMEOUT_MS)
        return `${nodeId} did not apply it within ${APPLY_TIMEOUT_MS / 1000} seconds`;
    }
    return undefined;
  }

  async #write(record: RolloutRecord, modRevision: number): Promise<void> {
    if (await this.#options.store.writeRollout(record, modRevision)) this.#follow(record);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

const percent = (rate: number): string => `${(rate * 100).toFixed(1)} %`;

/** The share of the calls since the wave began that ended with a server error; undefined: there were too few. */
function errorRate(
  nodes: readonly ClusterNode[],
  before: ReadonlyMap<string, ClusterNode>,
): number | undefined {
  let calls = 0;
  let errors = 0;
  for (const { nodeId, health } of nodes) {
    const then = before.get(nodeId)?.health;
    if (!health || !then) continue;
    calls += health.calls - then.calls;
    errors += health.serverErrors - then.serverErrors;
  }
  return calls < CALLS_MIN ? undefined : errors / calls;
}
