import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { Subscriber, type SubscriberOptions } from "@tollgate/config-stream";
import type { DataPlaneSettings } from "../settings.ts";
import type { KnownNodes } from "./known-nodes.ts";

const SOFTWARE_VERSION = "0.1.0";

export interface FollowConfigOptions extends Pick<SubscriberOptions, "apply" | "logger"> {
  readonly folder: string;
  readonly knownNodes: KnownNodes;
}

/** followConfig creates the node's connection to its control planes. */
export function followConfig(
  { controlPlanes: addresses, token, tls, nodeId, labels, workers }: DataPlaneSettings,
  { folder, knownNodes, apply, logger }: FollowConfigOptions,
): Subscriber {
  return new Subscriber({
    addresses,
    token,
    tls,
    facts: {
      nodeId,
      bootId: randomUUID(),
      host: hostname(),
      pid: process.pid,
      labels,
      softwareVersion: SOFTWARE_VERSION,
      workerCount: workers,
    },
    snapshotFile: join(folder, "snapshot.bin"),
    onLiveNodes: (count) => knownNodes.set(count),
    apply,
    logger,
  });
}
