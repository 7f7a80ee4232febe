import { setTimeout as delay } from "node:timers/promises";
import { DiscoveryService, type StreamConfigResponse } from "@tollgate/proto/discovery";
import { createClient } from "@tollgate/proto/grpc";
import { toProtoProblem } from "@tollgate/proto/rpc";
import type { Logger, TlsFiles } from "@tollgate/telemetry";
import { type Artifact, ArtifactSet, hasContent } from "./artifact.ts";
import { ALL_KEYS, type RefusedPart } from "./publisher.ts";
import { readSnapshot, writeSnapshot } from "./snapshot-file.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";

const RECONNECT_MIN_MS = 200;
const RECONNECT_MAX_MS = 10_000;
/** Known artifacts named in one hello. */
const HELLO_NAMES = 5_000;

/** Update is one atomic step of the config. */
export interface Update {
  readonly version: number;
  readonly upserts: readonly Artifact[];
  readonly removals: readonly string[];
  /** Names of keys that must be resolved again; ALL_KEYS means all. */
  readonly changedKeys: readonly string[];
}

export interface SubscriberOptions {
  /** host:port of the control plane. */
  readonly address: string;
  readonly token?: string | undefined;
  /** undefined: plaintext. */
  readonly tls?: TlsFiles | undefined;
  readonly nodeId: string;
  readonly softwareVersion: string;
  readonly workerCount: number;
  /** The file of the last good config. */
  readonly snapshotFile: string;
  /** Makes an update live; returns the parts of it that could not be used. */
  readonly apply: (update: Update) => Promise<readonly RefusedPart[]>;
  readonly logger: Logger;
}

export interface SubscriberStatus {
  /** Newest version applied, from the stream or from disk. */
  readonly version: number;
  readonly appliedUnixMs: number;
  readonly connected: boolean;
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
  readonly #goneWhenSound = new Set<string>();
  readonly #refused = new Map<string, RefusedPart>();
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #version = 0;
  #appliedUnixMs = 0;
  #connected = false;
  #nackCount = 0;
  readonly #writer: SnapshotWriter;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#writer = new SnapshotWriter({
      read: () => ({ version: this.#version, artifacts: [...this.#good.values()] }),
      write: (snapshot) => writeSnapshot(options.snapshotFile, snapshot),
      logger: options.logger,
    });
  }

  get status(): SubscriberStatus {
    return {
      version: this.#version,
      appliedUnixMs: this.#appliedUnixMs,
      connected: this.#connected,
      refused: [...this.#refused.values()],
      nackCount: this.#nackCount,
      unsavedMs: this.#writer.unsavedMs,
    };
  }

  /** start applies the snapshot on disk, if there is one, then follows the control plane until disposed. */
  async start(): Promise<void> {
    const snapshot = readSnapshot(this.#options.snapshotFile);
    if (snapshot) {
      for (const artifact of snapshot.artifacts) this.#held.set(artifact);
      await this.#apply({
        version: snapshot.version,
        upserts: snapshot.artifacts,
        removals: [],
        changedKeys: [],
      });
    }
    this.#running = this.#follow();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopped;
    let failures = 0;
    while (!signal.aborted) {
      const received = await this.#followOnce().catch((error: unknown) => {
        this.#options.logger.warn(
          { error: String(error) },
          "the config stream failed; the last good config stays live",
        );
        return false;
      });
      this.#connected = false;
      failures = received ? 0 : failures + 1;
      const ceilingMs = Math.min(RECONNECT_MIN_MS * 2 ** failures, RECONNECT_MAX_MS);
      await delay(Math.random() * ceilingMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Runs one stream to its end. True if anything was received on it. */
  async #followOnce(): Promise<boolean> {
    const { address, token, tls } = this.#options;
    const client = createClient(DiscoveryService, { address, token, tls });
    const stream = client.streamConfig();
    const stop = () => stream.cancel();
    this.#stopped.signal.addEventListener("abort", stop);
    let received = false;
    try {
      this.#sayHello((message) => stream.write({ message }));
      const assembly = new Assembly();
      // This node reported nothing, so the first update is complete: everything else that is live has been removed.
      let whole = this.#held.size === 0;
      let first = true;
      for await (const response of stream as AsyncIterable<StreamConfigResponse>) {
        received = this.#connected = true;
        const piece = assembly.add(response);
        if (!piece) continue;
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
        const refused = [...this.#refused.values()].map(({ name, ...problem }) => ({
          ...toProtoProblem(problem),
          name,
        }));
        if (refused.length > 0) this.#nackCount++;
        stream.write({
          message: { case: "ack", value: { nonce: response.nonce, version: response.version, refused } },
        });
      }
      return received;
    } catch (error) {
      if (this.#stopped.signal.aborted) return received;
      throw error;
    } finally {
      this.#stopped.signal.removeEventListener("abort", stop);
      stream.cancel();
      client.close();
    }
  }

  #asWhole(update: Update): Update {
    const names = new Set(update.upserts.map((artifact) => artifact.name));
    return { ...update, removals: [...this.#good.keys()].filter((name) => !names.has(name)) };
  }

  #sayHello(send: (message: { case: "hello"; value: Record<string, unknown> }) => void): void {
    const { nodeId, softwareVersion, workerCount } = this.#options;
    const known = [...this.#held.values()].map(({ name, digest }) => ({ name, digest }));
    do {
      const some = known.splice(0, HELLO_NAMES);
      send({
        case: "hello",
        value: { nodeId, softwareVersion, workerCount, known: some, more: known.length > 0 },
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
    for (const name of update.removals) this.#goneWhenSound.add(name);
    // While an artifact is refused, its last good version may still need removed artifacts.
    if (this.#refused.size === 0) {
      for (const name of this.#goneWhenSound) this.#good.delete(name);
      this.#goneWhenSound.clear();
    }
    this.#version = update.version;
    this.#appliedUnixMs = Date.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    await this.#writer[Symbol.asyncDispose]();
  }
}

/** Assembly puts the pieces of updates together. */
class Assembly {
  #nonce = "";
  #partial = new Map<string, { digest: Buffer; content: Buffer; filledBytes: number }>();
  #removals: string[] = [];

  /** add accepts a piece, and returns the update with the last one. Throws if the pieces do not match their announced digests. */
  add({ version, nonce, parts, removals, last, changedKeys }: StreamConfigResponse): Update | undefined {
    if (nonce !== this.#nonce) {
      this.#nonce = nonce;
      this.#partial = new Map();
      this.#removals = [];
    }
    for (const { name, digest, sizeBytes, offsetBytes, content } of parts) {
      const known = this.#partial.get(name);
      const target = known ?? {
        digest: Buffer.from(digest),
        content: Buffer.alloc(sizeBytes),
        filledBytes: 0,
      };
      target.content.set(content, offsetBytes);
      target.filledBytes += content.length;
      this.#partial.set(name, target);
    }
    this.#removals.push(...removals);
    if (!last) return undefined;
    const upserts = [...this.#partial].map(([name, { digest, content, filledBytes }]) => {
      const artifact = { name, digest, content };
      if (filledBytes !== content.length || !hasContent(artifact))
        throw new Error(`the artifact ${name} arrived damaged`);
      return artifact;
    });
    const update = { version: Number(version), upserts, removals: this.#removals, changedKeys };
    this.#nonce = "";
    return update;
  }
}
