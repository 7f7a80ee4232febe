import { setTimeout as delay } from "node:timers/promises";
import { parseArtifactName } from "@tollgate/config/runtime";
import { RpcCode, toProtoProblem } from "@tollgate/proto/rpc";
import type { Logger, TlsFiles } from "@tollgate/telemetry";
import { type Artifact, ArtifactSet } from "./artifact.ts";
import { Assembly, type Update } from "./assembly.ts";
import { ControlPlanes } from "./control-planes.ts";
import { type ControlStream, openControlStream } from "./control-stream.ts";
import { ALL_KEYS } from "./delivery.ts";
import type { LiveNodes, NodeCondition, NodeFacts, NodeHealth, RefusedPart } from "./node.ts";
import { restoreSnapshot, writeSnapshot } from "./snapshot-file.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";

/** Known artifacts named in one hello. */
const HELLO_NAMES = 5_000;
/** How long a node that starts with a config from its disk waits for a control plane to respond at all, */
const UNHEARD_MS = 1_000;
/** and, once it has responded, to decide whether the node id is free. */
const UNDECIDED_MS = 5_000;

const isChunk = (name: string): boolean => parseArtifactName(name)?.type === "chunk";
const NO_HEALTH = async (): Promise<NodeHealth> => ({ calls: 0, serverErrors: 0, workerCrashes: 0 });

export interface SubscriberOptions {
  /** host:port of each control plane. */
  readonly addresses: readonly string[];
  readonly token?: (() => string) | undefined;
  /** undefined: plaintext. */
  readonly tls?: TlsFiles | undefined;
  /** What the node says of itself. */
  readonly facts: Omit<NodeFacts, "version">;
  /** The file of the last good config. */
  readonly snapshotFile: string;
  /** 32 bytes that seal the file; undefined: it is not sealed. */
  readonly snapshotKey?: Uint8Array | undefined;
  /** Makes an update live; returns the parts of it that could not be used. */
  readonly apply: (update: Update) => Promise<readonly RefusedPart[]>;
  /** Called when a control plane says which nodes are connected to all of them. */
  readonly onLiveNodes?: (nodes: LiveNodes) => void;
  /** What happened on this node since its start. */
  readonly health?: () => Promise<NodeHealth>;
  /** Whether this node can have calls. */
  readonly condition?: () => NodeCondition;
  readonly logger: Logger;
}

export interface SubscriberStatus {
  /** Newest version applied, from the stream or from disk. */
  readonly version: number;
  readonly appliedUnixMs: number;
  readonly connected: boolean;
  /** The control plane that the node is or was connected to last. */
  readonly address: string;
  /** Why the control planes refuse this node; undefined: they do not. */
  readonly denied: string | undefined;
  readonly refused: readonly RefusedPart[];
  /** Updates answered with a nack since the start. */
  readonly nackCount: number;
  /** For how long the config on disk has been older than the live one; 0: it is the same. */
  readonly unsavedMs: number;
}

/** Subscriber keeps a node at the newest config, or at the last good one if the newest cannot be used. */
export class Subscriber implements AsyncDisposable {
  readonly #options: SubscriberOptions;
  /** The artifacts that this node has according to the control plane. */
  #held = new ArtifactSet();
  /** The artifacts that are live and written to disk: #held, with the last good versions of refused ones. */
  readonly #good = new Map<string, Artifact>();
  /** Removed chunks. */
  readonly #goneWhenSound = new Set<string>();
  readonly #refused = new Map<string, RefusedPart>();
  readonly #stopped = new AbortController();
  readonly #controlPlanes: ControlPlanes;
  readonly #decided = Promise.withResolvers<void>();
  #stream: ControlStream | undefined;
  #denied: string | undefined;
  #undecided: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #version = 0;
  #appliedUnixMs = 0;
  #connected = false;
  #nackCount = 0;
  readonly #writer: SnapshotWriter;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#controlPlanes = new ControlPlanes(options.addresses);
    this.#writer = new SnapshotWriter({
      read: () => ({ version: this.#version, artifacts: [...this.#good.values()] }),
      write: (snapshot) => writeSnapshot(options.snapshotFile, snapshot, options.snapshotKey),
      logger: options.logger,
    });
  }

  get status(): SubscriberStatus {
    return {
      version: this.#version,
      appliedUnixMs: this.#appliedUnixMs,
      connected: this.#connected,
      address: this.#controlPlanes.address,
      denied: this.#denied,
      refused: [...this.#refused.values()],
      nackCount: this.#nackCount,
      unsavedMs: this.#writer.unsavedMs,
    };
  }

  /**
   * Resolves when a control plane has admitted this node, or none can be reached: a node with a config from its disk should not serve before,
   * because another process may have its id.
   */
  get decided(): Promise<void> {
    return this.#decided.promise;
  }

  /** start applies the snapshot on disk, if there is one, and follows a control plane until disposed. */
  async start(): Promise<void> {
    const { snapshotFile, snapshotKey, logger } = this.#options;
    const { snapshot, isClear } = restoreSnapshot(snapshotFile, snapshotKey, logger) ?? {};
    for (const artifact of snapshot?.artifacts ?? []) this.#held.set(artifact);
    this.#version = snapshot?.version ?? 0;
    this.#decideWithin(UNHEARD_MS);
    const restored =
      snapshot && this.#apply({ ...snapshot, upserts: snapshot.artifacts, removals: [], changedKeys: [] });
    this.#running = this.#follow(restored);
    await restored;
    if (snapshotKey && isClear) this.#writer.changed();
  }

  #decideWithin(timeoutMs: number): void {
    clearTimeout(this.#undecided);
    this.#undecided = setTimeout(() => this.#decided.resolve(), timeoutMs);
  }

  async #follow(restored: Promise<void> | undefined): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const outcome = await this.#followOnce(restored).catch((error: unknown) => this.#failed(error));
      this.#connected = false;
      const waitMs = this.#controlPlanes.ended(outcome);
      if (this.#controlPlanes.allFailed && this.#denied === undefined) this.#decided.resolve();
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #failed(error: unknown): "denied" | "lost" | "failed" {
    const { code, details } = error as { code?: number; details?: string };
    const { address, count } = this.#controlPlanes;
    const wasConnected = this.#connected;
    if (code === RpcCode.ALREADY_EXISTS) {
      if (this.#denied !== details) this.#options.logger.error({ address }, `refused: ${details}`);
      this.#denied = details;
      clearTimeout(this.#undecided);
      return "denied";
    }
    this.#options.logger.warn(
      { address, controlPlanes: count, error: String(error) },
      "the config stream failed; the last good config stays live",
    );
    return wasConnected ? "lost" : "failed";
  }

  /** Runs one stream to its end. */
  async #followOnce(restored: Promise<void> | undefined): Promise<"lost" | "failed"> {
    const { token, tls, onLiveNodes, health, condition } = this.#options;
    const stream = openControlStream({
      address: this.#controlPlanes.address,
      token,
      tls,
      silenceMs: this.#controlPlanes.silenceMs,
      onHeard: () => this.#decideWithin(UNDECIDED_MS),
      onLiveNodes: (nodes) => onLiveNodes?.(nodes),
      health: health ?? NO_HEALTH,
      condition,
    });
    this.#stream = stream;
    const stop = () => stream.cancel();
    this.#stopped.signal.addEventListener("abort", stop);
    try {
      this.#sayHello(stream);
      const assembly = new Assembly();
      // This node reported nothing, so the first update is complete: everything else that is live has been removed.
      let whole = this.#held.size === 0;
      let first = true;
      for await (const response of stream.updates) {
        const piece = assembly.add(response);
        this.#admitted();
        if (!piece) continue;
        await restored;
        const whatCame = whole ? this.#asWhole(piece) : piece;
        // Keys may have changed while this node was not connected.
        const update = first ? { ...whatCame, changedKeys: [ALL_KEYS] } : whatCame;
        whole = first = false;
        for (const name of update.removals) this.#held.delete(name);
        for (const artifact of update.upserts) this.#held.set(artifact);
        if (!this.#held.setDigest.equals(response.setDigest)) {
          // An update was lost. Forget #held, keep what is live, and ask for everything.
          this.#held = new ArtifactSet();
          throw new Error("the config of this node differs from what the control plane published");
        }
        await this.#apply(update);
        if (update.upserts.length + update.removals.length > 0) this.#writer.changed();
        const refused = this.#refusedResources();
        if (refused.length > 0) this.#nackCount++;
        stream.send({ case: "ack", value: { nonce: response.nonce, version: response.version, refused } });
      }
      return this.#connected ? "lost" : "failed";
    } finally {
      this.#stopped.signal.removeEventListener("abort", stop);
      stream.cancel();
    }
  }

  #admitted(): void {
    if (this.#connected) return;
    this.#connected = true;
    this.#denied = undefined;
    this.#controlPlanes.connected();
    this.#decided.resolve();
  }

  #refusedResources() {
    return [...this.#refused.values()].map(({ name, ...problem }) => ({ ...toProtoProblem(problem), name }));
  }

  #asWhole(update: Update): Update {
    const names = new Set(update.upserts.map((artifact) => artifact.name));
    return { ...update, removals: [...this.#good.keys()].filter((name) => !names.has(name)) };
  }

  #sayHello({ send }: ControlStream): void {
    const { labels, ...facts } = this.#options.facts;
    const known = [...this.#held.values()].map(({ name, digest }) => ({ name, digest }));
    do {
      const some = known.splice(0, HELLO_NAMES);
      const version = BigInt(this.#version);
      send({
        case: "hello",
        value: { ...facts, labels: { ...labels }, version, known: some, more: known.length > 0 },
      });
    } while (known.length > 0);
  }

  async #apply(update: Update): Promise<void> {
    const refused = await this.#options.apply(update).catch((error: unknown) => {
      // None of it may be live: ask for everything.
      this.#held = new ArtifactSet();
      throw error;
    });
    for (const name of [...update.removals, ...update.upserts.map((r) => r.name)]) this.#refused.delete(name);
    for (const part of refused) this.#refused.set(part.name, part);
    for (const artifact of update.upserts) {
      this.#goneWhenSound.delete(artifact.name);
      if (!this.#refused.has(artifact.name)) this.#good.set(artifact.name, artifact);
    }
    for (const name of update.removals)
      if (isChunk(name)) this.#goneWhenSound.add(name);
      else this.#good.delete(name);
    // While an artifact is refused, its last good version may still need removed chunks. All else that is removed must not return from the disk.
    if (this.#refused.size === 0) {
      for (const name of this.#goneWhenSound) this.#good.delete(name);
      this.#goneWhenSound.clear();
    }
    this.#version = update.version;
    this.#appliedUnixMs = Date.now();
  }

  /** withdraw reports that this node has stopped using what it had applied, and uses other versions instead. */
  withdraw(given: {
    readonly refused: readonly RefusedPart[];
    readonly restored: readonly Artifact[];
    readonly removed: readonly string[];
  }): void {
    for (const part of given.refused) this.#refused.set(part.name, part);
    for (const artifact of given.restored) {
      this.#good.set(artifact.name, artifact);
      if (this.#held.get(artifact.name) === undefined) this.#goneWhenSound.add(artifact.name);
    }
    for (const name of given.removed) this.#good.delete(name);
    this.#nackCount++;
    this.#writer.changed();
    this.#stream?.send({ case: "report", value: { refused: this.#refusedResources() } });
  }

  /** resume reports that this node uses again what it had withdrawn, without the parts that are refused. */
  resume(artifacts: readonly Artifact[], refused: readonly RefusedPart[]): void {
    for (const { name } of artifacts) this.#refused.delete(name);
    for (const part of refused) this.#refused.set(part.name, part);
    for (const artifact of artifacts)
      if (!this.#refused.has(artifact.name)) this.#good.set(artifact.name, artifact);
    this.#writer.changed();
    this.#stream?.send({ case: "report", value: { refused: this.#refusedResources() } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream?.leave();
    this.#stopped.abort();
    clearTimeout(this.#undecided);
    await this.#running;
    await this.#writer[Symbol.asyncDispose]();
  }
}
