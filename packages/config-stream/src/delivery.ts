import { once } from "node:events";
import type { Ack, KnownResource, RefusedResource } from "@tollgate/proto/discovery";
import type { RefusedPart } from "./node.ts";
import type { NodeStream } from "./node-stream.ts";
import type { OutgoingUpdates } from "./outgoing-updates.ts";
import type { Release } from "./releases.ts";

/** The first change is sent at once; later ones for the same node are collected for this long. */
const COALESCE_MS = 10;
/** Means all keys. */
export const ALL_KEYS = "*";
/** If more keys than this have changed, ALL_KEYS is sent instead. */
const CHANGED_KEYS_MAX = 1_000;

export interface DeliveryPorts {
  readonly stream: NodeStream;
  readonly updates: OutgoingUpdates;
  /** Selects the config of the node. undefined: there is none for it yet. */
  readonly release: () => Release | undefined;
  /** Called when the node has acknowledged something. */
  readonly changed: () => void;
}

export const refusedPart = ({ name, code, path, params, message }: RefusedResource): RefusedPart => ({
  name,
  code,
  path,
  params,
  message,
});

/**
 * Delivery brings one node to its release: at most one update is in progress, until the node has acknowledged it; all other changes wait in
 * `#dirty`.
 */
export class Delivery {
  readonly #ports: DeliveryPorts;
  readonly #dirty = new Set<string>();
  readonly #changedKeys = new Set<string>();
  readonly #known = new Map<string, string>();
  /** The config that the node is to have. */
  #release: Release | undefined;
  #begun = false;
  #awaitedNonce: string | undefined;
  #publishedVersion = 0;
  #appliedVersion = 0;
  #refused: readonly RefusedPart[] = [];
  #coalescing: NodeJS.Timeout | undefined;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #checkInDue = false;
  #closed = false;

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  get publishedVersion(): number {
    return this.#publishedVersion;
  }

  /** Newest version that the node has acknowledged. A revision that changes nothing for an idle node needs no message: the node has it. */
  get appliedVersion(): number {
    const waits = this.#dirty.size + this.#changedKeys.size > 0;
    const idle = this.#awaitedNonce === undefined && !waits && this.#appliedVersion > 0;
    return idle && this.#release ? this.#release.version : this.#appliedVersion;
  }

  get refused(): readonly RefusedPart[] {
    return this.#refused;
  }

  /** knows takes what the node says it has. */
  knows(resources: readonly KnownResource[]): void {
    for (const { name, digest } of resources) this.#known.set(name, Buffer.from(digest).toString("hex"));
  }

  /** begin starts to send. A node that already has everything gets this confirmed. */
  begin(): void {
    this.#begun = true;
    this.checkIn();
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
    if (!this.#begun) return;
    const release = this.#ports.release();
    if (release && this.#release && release !== this.#release) {
      for (const name of release.artifacts.differsFrom(this.#release.artifacts)) this.#dirty.add(name);
      this.#release = release;
      this.#checkInDue = true;
    }
    this.#schedule();
  }

  /** checkIn sends the digest of what the node should have, even if nothing has changed. */
  checkIn(): void {
    this.#checkInDue = true;
    this.#schedule();
  }

  /** acknowledged takes the node's response to an update. */
  acknowledged({ nonce, version, refused }: Ack): void {
    if (nonce !== this.#awaitedNonce) return; // a late response to an earlier update
    this.#awaitedNonce = undefined;
    this.#appliedVersion = Number(version);
    this.reported(refused);
    this.#schedule();
  }

  /** reported takes what the node refuses now. */
  reported(refused: readonly RefusedResource[]): void {
    this.#refused = refused.map(refusedPart);
    this.#ports.changed();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#coalescing);
  }

  /** The differences are computed when the first update is built, so that nothing is lost if a hello arrives before the first publish. */
  #compareWithKnown({ artifacts }: Release): void {
    for (const artifact of artifacts.values())
      if (this.#known.get(artifact.name) !== artifact.digest.toString("hex")) this.#dirty.add(artifact.name);
      else this.#dirty.delete(artifact.name);
    for (const name of this.#known.keys()) if (!artifacts.get(name)) this.#dirty.add(name);
    this.#known.clear();
  }

  #schedule(): void {
    if (this.#closed || !this.#begun || this.#awaitedNonce !== undefined || this.#coalescing) return;
    this.#release ??= this.#ports.release();
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
    const { stream, updates } = this.#ports;
    const update = updates.of(release, [...this.#dirty], [...this.#changedKeys]);
    this.#dirty.clear();
    this.#changedKeys.clear();
    this.#checkInDue = false;
    this.#awaitedNonce = update.nonce;
    this.#publishedVersion = release.version;
    this.#lastSentMs = performance.now();
    const last = update.pieceCount - 1;
    for (let i = 0; i <= last && !this.#closed; i++)
      if (!stream.write(update.piece(i)) && i < last)
        await once(stream as never, "drain").catch(() => undefined);
  }
}
