import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { DataPlaneSettings } from "../settings.ts";

const SOFTWARE_VERSION = "0.1.0";

/** ownFacts is what any node says of itself to its control planes. */
export const ownFacts = ({ nodeId, labels }: Pick<DataPlaneSettings, "nodeId" | "labels">) => ({
  nodeId,
  bootId: randomUUID(),
  host: hostname(),
  pid: process.pid,
  labels,
  softwareVersion: SOFTWARE_VERSION,
});
