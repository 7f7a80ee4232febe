import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Problem } from "@tollgate/config";
import type { Ack, Hello, StreamConfigRequest, StreamConfigResponseSchema } from "@tollgate/proto/discovery";
import { type Artifact, ArtifactSet } from "./artifact.ts";

/** Payload of one message: far below any default limit of gRPC, whatever the size of an artifact. */
const MESSAGE_PAYLOAD_BYTES = 256 * 1024;
/** Artifacts named in one message. */
const MESSAGE_NAMES = 500;
/** The first change is sent at once; later ones for the same node are collected for this long. */
const COALESCE_MS = 10;
/** How often an idle node is sent the digest of the artifacts that it should have. */
const ANTI_ENTROPY_MS = 30_000;
/** Means all keys. */
export const ALL_KEYS = "*";
/** If more keys than this have changed, ALL_KEYS is sent instead. */
const CHANGED_KEYS_MAX = 1_000;

type Response = MessageInitShape<typeof StreamConfigResponseSchema>;

/** NodeStream is the control plane's end of a node's stream. */
export interface NodeStream {
  write(message: Response): boolean;
  end(): void;
  on(event: "data", listener: (message: StreamConfigRequest) => void): unknown;
  on(event: "end" | "close" | "cancelled" | "error", listener: () => void): unknown;
  once(event: "drain", listener: () => void): unknown;
}

/** RefusedPart is a problem that keeps a node from using an artifact. */
export interface RefusedPart extends Problem {
  readonly name: string;
}

/** NodeStatus is the state of a connected node. */
export interface NodeStatus {
  readonly nodeId: string;
  readonly softwareVersion: string;
  readonly workerCount: number;
  readonly connectUnixMs: number;
  readonly lastSeenUnixMs: number;
  readonly publishedVersion: number;
  /** Newest version that the node has acknowledged, whether or not it refused parts of it. */
  readonly appliedVersion: number;
  readonly refused: readonly RefusedPart[];
}

export interface PublisherOptions {
  readonly nowUnixMs?: () => number;
  readonly antiEntropyMs?: number;
}

/** Publisher brings every connected node to the newest set of artifacts. */
export class Publisher {
  readonly #artifacts = new ArtifactSet();
  readonly #sessions = new Set<Session>();
  readonly #listeners = new Set<() => void>();
  readonly #nowUnixMs: () => number;
  readonly #antiEntropy: NodeJS.Timeout;
  #version = 0;
  #ready = false;

  constructor({ nowUnixMs = Date.now, antiEntropyMs = ANTI_ENTROPY_MS }: PublisherOptions = {}) {
    this.#nowUnixMs = nowUnixMs;
    this.#antiEntropy = setInterval(() => {
      for (const session of this.#sessions) session.checkIn();
    }, antiEntropyMs);
    this.#antiEntropy.unref();
  }

  get version(): number {
    return this.#version;
  }

  get artifacts(): ArtifactSet {
    return this.#artifacts;
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
    this.#version = version;
    this.#ready = true;
    const changed: string[] = [];
    for (const artifact of upserts) {
      if (this.#artifacts.get(artifact.name)?.digest.equals(artifact.digest)) continue;
      this.#artifacts.set(artifact);
      changed.push(artifact.name);
    }
    for (const name of removals) {
      if (!this.#artifacts.get(name)) continue;
      this.#artifacts.delete(name);
      changed.push(name);
    }
    for (const session of this.#sessions) session.notify(changed, changedKeys);
    this.#changed();
  }

  /** accept serves one node until its stream ends. Before the first publish nodes wait: an empty set would remove all their artifacts. */
  accept(stream: NodeStream): void {
    const session = new Session({
      stream,
      artifacts: this.#artifacts,
      version: () => this.#version,
      ready: () => this.#ready,
      nowUnixMs: this.#nowUnixMs,
      changed: () => this.#changed(),
    });
    const leave = () => {
      session.close();
      if (this.#sessions.delete(session)) this.#changed();
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

  /** nodes are the connected nodes that have said hello. */
  nodes(): readonly NodeStatus[] {
    return [...this.#sessions].flatMap((session) => session.status() ?? []);
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
    for (const session of this.#sessions) session.close();
  }
}

interface SessionPorts {
  readonly stream: NodeStream;
  readonly artifacts: ArtifactSet;
  readonly version: () => number;
  readonly ready: () => boolean;
  readonly nowUnixMs: () => number;
  readonly changed: () => void;
}

/** Session is one node's stream: at most one update is in progress, all other changes wait in `#dirty`. */
class Session {
  readonly #ports: SessionPorts;
  readonly #dirty = new Set<string>();
  readonly #changedKeys = new Set<string>();
  readonly #known = new Map<string, string>();
  readonly #connectUnixMs: number;
  #hello: Hello | undefined;
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

  status(): NodeStatus | undefined {
    if (!this.#hello) return undefined;
    const waits = this.#dirty.size + this.#changedKeys.size > 0;
    const idle = this.#awaitedNonce === undefined && !waits && this.#appliedVersion > 0;
    return {
      nodeId: this.#hello.nodeId,
      softwareVersion: this.#hello.softwareVersion,
      workerCount: this.#hello.workerCount,
      connectUnixMs: this.#connectUnixMs,
      lastSeenUnixMs: this.#lastSeenUnixMs,
      publishedVersion: this.#publishedVersion,
      // A revision that changed nothing for the nodes needs no message: an idle node has already applied it.
      appliedVersion: idle ? this.#ports.version() : this.#appliedVersion,
      refused: this.#refused,
    };
  }

  notify(names: readonly string[], changedKeys: readonly string[]): void {
    for (const name of names) this.#dirty.add(name);
    for (const key of changedKeys) this.#changedKeys.add(key);
    if (this.#changedKeys.size > CHANGED_KEYS_MAX) {
      this.#changedKeys.clear();
      this.#changedKeys.add(ALL_KEYS);
    }
    this.#schedule();
  }

  checkIn(): void {
    this.#checkInDue = true;
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#coalescing);
  }

  #receive({ message }: StreamConfigRequest): void {
    this.#lastSeenUnixMs = this.#ports.nowUnixMs();
    if (message.case === "hello") this.#greet(message.value);
    else if (message.case === "ack") this.#acknowledge(message.value);
  }

  #greet(hello: Hello): void {
    for (const { name, digest } of hello.known) this.#known.set(name, Buffer.from(digest).toString("hex"));
    if (hello.more) return;
    this.#hello = hello;
    this.#checkInDue = true; // A node that already has everything gets this confirmed too.
    this.#schedule();
  }

  /** The differences are computed when the first update is built, so that nothing is lost if a hello arrives before the first publish. */
  #compareWithKnown(): void {
    const { artifacts } = this.#ports;
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
    this.#refused = ack.refused.map(({ name, code, path, params, message }) => ({
      name,
      code,
      path,
      params,
      message,
    }));
    this.#ports.changed();
    this.#schedule();
  }

  #schedule(): void {
    if (
      this.#closed ||
      !this.#hello ||
      !this.#ports.ready() ||
      this.#awaitedNonce !== undefined ||
      this.#coalescing
    )
      return;
    if (this.#dirty.size + this.#changedKeys.size === 0 && !this.#checkInDue) return;
    const waitMs = this.#lastSentMs + COALESCE_MS - performance.now();
    if (waitMs <= 0) {
      void this.#send();
      return;
    }
    this.#coalescing = setTimeout(() => {
      this.#coalescing = undefined;
      void this.#send();
    }, waitMs);
  }

  async #send(): Promise<void> {
    if (this.#closed || this.#awaitedNonce !== undefined) return;
    if (this.#appliedVersion === 0) this.#compareWithKnown();
    const nonce = randomUUID();
    const version = this.#ports.version();
    const setDigest = this.#ports.artifacts.setDigest;
    const names = [...this.#dirty];
    this.#dirty.clear();
    const changedKeys = [...this.#changedKeys];
    this.#changedKeys.clear();
    this.#checkInDue = false;
    this.#awaitedNonce = nonce;
    this.#publishedVersion = version;
    this.#lastSentMs = performance.now();
    for (const piece of cut(names, this.#ports.artifacts)) {
      const message = { version: BigInt(version), nonce, ...piece, last: false };
      if (!this.#closed && !this.#ports.stream.write(message))
        await once(this.#ports.stream as never, "drain").catch(() => undefined);
    }
    if (!this.#closed)
      this.#ports.stream.write({ version: BigInt(version), nonce, last: true, setDigest, changedKeys });
  }
}

interface Piece {
  parts: { name: string; digest: Buffer; sizeBytes: number; offsetBytes: number; content: Buffer }[];
  removals: string[];
}

/** cut splits an update into pieces of limited size. All are made at once, because they must show the same state. */
function cut(names: readonly string[], artifacts: ArtifactSet): Piece[] {
  const pieces: Piece[] = [];
  let piece: Piece = { parts: [], removals: [] };
  let sizeBytes = 0;
  const flush = () => {
    if (piece.parts.length + piece.removals.length > 0) pieces.push(piece);
    piece = { parts: [], removals: [] };
    sizeBytes = 0;
  };
  for (const name of names) {
    if (piece.parts.length + piece.removals.length >= MESSAGE_NAMES) flush();
    const artifact = artifacts.get(name);
    if (!artifact) {
      piece.removals.push(name);
      continue;
    }
    const { digest, content } = artifact;
    let offsetBytes = 0;
    do {
      if (sizeBytes >= MESSAGE_PAYLOAD_BYTES) flush();
      const end = Math.min(content.length, offsetBytes + MESSAGE_PAYLOAD_BYTES - sizeBytes);
      piece.parts.push({
        name,
        digest,
        sizeBytes: content.length,
        offsetBytes,
        content: content.subarray(offsetBytes, end),
      });
      sizeBytes += end - offsetBytes;
      offsetBytes = end;
    } while (offsetBytes < content.length);
  }
  flush();
  return pieces;
}
