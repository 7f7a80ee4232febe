import { join } from "node:path";
import { Subscriber, type SubscriberOptions } from "@tollgate/config-stream/subscriber";
import type { DataPlaneSettings } from "../settings.ts";
import { CrashFile } from "./crash-file.ts";
import { CrashGuard } from "./crash-guard.ts";
import type { KnownNodes } from "./known-nodes.ts";
import { ownFacts } from "./own-facts.ts";
import type { Peers } from "./peers.ts";

export interface FollowConfigOptions
  extends Pick<SubscriberOptions, "apply" | "health" | "condition" | "logger"> {
  readonly folder: string;
  readonly knownNodes: KnownNodes;
  readonly peers: Peers;
  /** Called when an update is live. */
  readonly onApplied: () => void;
}

/** FollowedConfig is the node's connection to its control planes, and what keeps its updates from crashing it again and again. */
export interface FollowedConfig {
  readonly subscriber: Subscriber;
  readonly guard: CrashGuard;
}

/** followConfig creates both; the subscriber is not started. `apply` makes an update live on the workers. */
export function followConfig(
  settings: DataPlaneSettings,
  { folder, knownNodes, peers, apply, health, condition, onApplied, logger }: FollowConfigOptions,
): FollowedConfig {
  const { controlPlanes: addresses, token, tls, workers, snapshotKey } = settings;
  const guard: CrashGuard = new CrashGuard({
    file: new CrashFile(join(folder, "crashes.json"), logger, snapshotKey),
    apply,
    onWithdrawal: (withdrawal) => subscriber.withdraw(withdrawal),
    onRetry: (artifacts, refused) => subscriber.resume(artifacts, refused),
    logger,
  });
  const subscriber = new Subscriber({
    addresses,
    token,
    tls,
    facts: {
      ...ownFacts(settings),
      workerCount: workers,
      peerAddress: peers.address,
    },
    snapshotFile: join(folder, "snapshot.bin"),
    snapshotKey,
    ...(health && { health }),
    ...(condition && { condition }),
    onLiveNodes: (nodes) => {
      knownNodes.set(nodes.count);
      peers.know(nodes.peers, nodes.missingPeers);
    },
    apply: async (update) => {
      const refused = await guard.apply(update);
      onApplied();
      return refused;
    },
    logger,
  });
  return { subscriber, guard };
}
