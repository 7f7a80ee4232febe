import type { Release } from "@tollgate/config-stream";
import type { Publisher } from "@tollgate/config-stream/publisher";
import type { Logger } from "@tollgate/telemetry";
import type { ClusterNode, NodeDirectory } from "../node/node-directory.ts";
import type { NodeStore, RolloutRecord } from "../node/node-store.ts";
import type { ReleaseArchive } from "./release-archive.ts";
import { nodesBefore, WaveWatch } from "./wave-watch.ts";

const STEP_MS = 500;
/** The share of the nodes that have a version after the second wave. */
const SECOND_WAVE = 0.1;

export interface RolloutWavesOptions {
  readonly store: NodeStore;
  readonly archive: ReleaseArchive;
  readonly publisher: Pick<Publisher, "version" | "artifacts" | "place">;
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

/**
 * RolloutWaves brings each new version to one node, then to a tenth of them, then to the rest, and takes it back if a node of a wave refuses a
 * part of it, crashes, is missing, or fails more calls. All control planes follow the rollout in the store; the first of them by id leads it.
 * Versions that are written meanwhile wait for the next rollout.
 *
 * What a node is to have follows from what is stored alone, the record and the releases that it names: a release is stored before a record
 * names it. So any control plane can go on from any point, and all of them give nodes the same.
 */
export class RolloutWaves implements Disposable {
  readonly #options: RolloutWavesOptions;
  readonly #timer: NodeJS.Timeout;
  #stepping: Promise<void> | undefined;
  #watch: WaveWatch | undefined;

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
    const { store, plane } = this.#options;
    const { reports, rollout } = store.state;
    // Without its own report, this process has not read the store yet.
    if (!reports.has(plane)) return;
    const record = rollout?.record;
    const stable = await this.#follow(record);
    const [leader] = [...reports.keys()].sort();
    if (leader === plane) await this.#lead(record, rollout?.modRevision ?? 0, stable);
    else this.#watch = undefined;
  }

  /** Gives nodes what the record says. Returns what all of them may have, if it can be read. */
  async #follow(record: RolloutRecord | undefined): Promise<Release | undefined> {
    const { archive, publisher } = this.#options;
    const isRolling = record?.state === "rolling";
    const stable = record && (await archive.read(stableReleaseOf(record)));
    const candidate = isRolling ? await archive.read(record.release) : undefined;
    // It was stored as an older version if nothing of it has changed since.
    if (stable && record.state !== "done") stable.version = Math.max(stable.version, record.base);
    publisher.place({ stable, candidate, members: new Set(isRolling ? record.members : []) });
    if (record) archive.retain(neededBy(record));
    return stable;
  }

  async #lead(
    record: RolloutRecord | undefined,
    modRevision: number,
    stable: Release | undefined,
  ): Promise<void> {
    const { version, artifacts } = this.#options.publisher;
    if (record && stable && record.state === "rolling") return this.#continue(record, modRevision);
    // As after an update of a control plane that did not store releases.
    const isLost = record !== undefined && !stable && record.state !== "stopped";
    if (version < (record?.version ?? 0) || (version === record?.version && !isLost)) return;
    const digest = artifacts.setDigest;
    if (stable?.artifacts.setDigest.equals(digest)) return;
    // What was stopped does not go out again because of a change that is not delivered.
    if (record?.state === "stopped" && record.digest === digest.toString("hex"))
      return this.#write({ ...record, version }, modRevision);
    await this.#begin(record, modRevision, stable);
  }

  /** Without a version to go back to, as at the first rollout, the newest one goes to all nodes at once. */
  async #begin(
    record: RolloutRecord | undefined,
    modRevision: number,
    stable: Release | undefined,
  ): Promise<void> {
    const { publisher, archive, nodes } = this.#options;
    const { version, artifacts } = publisher;
    const known = nodes.all();
    const [first] = known.filter(isConnected);
    // They come back, after the end of their control plane for instance.
    if (stable && known.length > 0 && !first) return;
    const digest = artifacts.setDigest.toString("hex");
    const release = await archive.save({ version, artifacts });
    const isStaged = stable !== undefined && first !== undefined;
    await this.#write(
      {
        version,
        release,
        digest,
        base: stable?.version ?? version,
        baseRelease: stable && record ? stableReleaseOf(record) : release,
        state: isStaged ? "rolling" : "done",
        members: isStaged ? [first.nodeId] : [],
        before: nodesBefore(known),
        reason: "",
      },
      modRevision,
    );
  }

  async #continue(record: RolloutRecord, modRevision: number): Promise<void> {
    const { logger, nodes, bakeMs, errorRateMax } = this.#options;
    const nowMs = this.#nowMs();
    if (!this.#watch?.isOf(record)) this.#watch = new WaveWatch(record, { errorRateMax }, nowMs);
    const all = nodes.all();
    const members = all.filter(({ nodeId }) => record.members.includes(nodeId));
    const reason = this.#watch.problemOf(members, all, nowMs);
    if (reason !== undefined) {
      logger.error({ version: record.version, reason }, "a rollout was stopped");
      return this.#write({ ...record, state: "stopped", reason }, modRevision);
    }
    const connected = all.filter(isConnected);
    // Those that were stopped in order have left the list.
    if (members.length === 0) return this.#spread(record, modRevision, connected.slice(0, 1));
    const appliedForMs = this.#watch.appliedForMs(members, nowMs);
    if (appliedForMs === undefined || appliedForMs < bakeMs) return;
    const count = Math.ceil(connected.length * SECOND_WAVE);
    if (count <= record.members.length) return this.#write({ ...record, state: "done" }, modRevision);
    const others = connected.filter(({ nodeId }) => !record.members.includes(nodeId));
    await this.#spread(record, modRevision, [...members, ...others].slice(0, count));
  }

  /** The next wave. */
  async #spread(record: RolloutRecord, modRevision: number, wave: readonly ClusterNode[]): Promise<void> {
    const members = wave.map(({ nodeId }) => nodeId);
    const before = nodesBefore(this.#options.nodes.all());
    if (members.length > 0) await this.#write({ ...record, members, before }, modRevision);
  }

  async #write(record: RolloutRecord, modRevision: number): Promise<void> {
    const { store, archive } = this.#options;
    if (!(await store.writeRollout(record, modRevision))) return;
    await this.#follow(record);
    await archive.dropOthers(neededBy(record));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

const isConnected = ({ missingSinceUnixMs }: ClusterNode): boolean => missingSinceUnixMs === undefined;

/** The stored release that all nodes may have. */
const stableReleaseOf = ({ state, release, baseRelease }: RolloutRecord): string =>
  state === "done" ? release : baseRelease;

const neededBy = (record: RolloutRecord): readonly string[] =>
  record.state === "rolling" ? [record.baseRelease, record.release] : [stableReleaseOf(record)];
