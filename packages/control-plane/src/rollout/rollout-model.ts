import { createArtifact, type Placement, Releases } from "@tollgate/config-stream";
import { createLogger } from "@tollgate/telemetry";
import type { ClusterNode } from "../node/node-directory.ts";
import type { NodeStore } from "../node/node-store.ts";
import { Sealer } from "../secret/sealer.ts";
import { ReleaseArchive } from "./release-archive.ts";
import { RolloutWaves } from "./rollout-waves.ts";

export const BAKE_MS = 1_000;
const logger = createLogger("spec", "silent");
const sealer = new Sealer([Buffer.alloc(32, 7)]);

/** ModelPublisher is the publisher of a control plane without streams. The config is one text. */
export class ModelPublisher {
  readonly releases = new Releases({ isStaged: true });
  placement: Placement | undefined;

  get version(): number {
    return this.releases.newest.version;
  }
  get artifacts() {
    return this.releases.newest.artifacts;
  }
  place(placement: Placement): void {
    this.placement = placement;
    this.releases.place(placement);
  }
  publish(version: number, text: string): void {
    this.artifacts.set(createArtifact("config", Buffer.from(text)));
    this.releases.newest.version = version;
    this.releases.published();
  }
}

/** A control plane that leads or follows rollouts. */
export interface ModelPlane extends Disposable {
  readonly plane: string;
  readonly publisher: ModelPublisher;
  readonly waves: RolloutWaves;
}

export interface ModelPlaneOptions {
  readonly plane: string;
  readonly store: NodeStore;
  readonly nodes: () => readonly ClusterNode[];
  readonly nowMs: () => number;
}

export function startModelPlane({ plane, store, nodes, nowMs }: ModelPlaneOptions): ModelPlane {
  const publisher = new ModelPublisher();
  const waves = new RolloutWaves({
    store,
    archive: new ReleaseArchive({ store, sealer, logger }),
    publisher,
    nodes: { all: nodes },
    plane,
    bakeMs: BAKE_MS,
    errorRateMax: 0.05,
    logger,
    nowMs,
  });
  return { plane, publisher, waves, [Symbol.dispose]: () => waves[Symbol.dispose]() };
}

export const modelNode = (nodeId: string, more: Partial<ClusterNode> = {}): ClusterNode => ({
  nodeId,
  bootId: "b",
  host: "h",
  pid: 1,
  labels: {},
  softwareVersion: "1",
  workerCount: 1,
  plane: "A",
  connectUnixMs: 0,
  lastSeenUnixMs: 0,
  publishedVersion: 1,
  appliedVersion: 1,
  refused: [],
  health: { calls: 0, serverErrors: 0, workerCrashes: 0 },
  condition: undefined,
  missingSinceUnixMs: undefined,
  ...more,
});
