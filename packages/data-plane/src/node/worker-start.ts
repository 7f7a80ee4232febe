import { workerShare } from "../cache/node-caches.ts";
import { memoryShare } from "../listener/memory-watch.ts";
import type { Logs } from "../logs/start-logs.ts";
import type { DataPlaneSettings } from "../settings.ts";
import { segmentBytesOf } from "../usage/spool-space.ts";
import type { NodeParts } from "./reply-to-asks.ts";

/** workerStart are the settings that each worker starts with. */
export function workerStart(
  settings: DataPlaneSettings,
  spoolFolder: string,
  { caches, peers, logs }: Pick<NodeParts, "caches" | "peers"> & { readonly logs: Logs | undefined },
) {
  const { nodeId, host, tracing, upstreams, logLevel } = settings;
  const { regionThrottle, responseCacheBytes, addresses, clients, spool, watchdogMs, workers } = settings;
  return {
    isShadowed: settings.isShadowed,
    nodeId,
    host,
    tracing,
    upstreams: {
      ...upstreams,
      egress: { ...upstreams.egress, ownPorts: [...upstreams.egress.ownPorts, ...peers.ports] },
    },
    logLevel,
    regionThrottle,
    responseCacheBytes: workerShare(responseCacheBytes, workers),
    addresses,
    trustedProxies: settings.trustedProxies,
    http1Reader: settings.http1Reader,
    proxyProtocol: settings.proxyProtocol,
    privateEntrance: settings.privateEntrance,
    cacheSecret: caches.secret,
    watchdogMs,
    clients: { ...clients, memoryBytes: clients.memoryBytes || memoryShare(workers) },
    supervisorPid: process.pid,
    workers,
    spool: {
      folder: spoolFolder,
      segmentBytes: segmentBytesOf({ limitBytes: spool.limitBytes, workers }),
      sync: spool.sync,
    },
    logs: logs && {
      folder: logs.folder,
      isStored: logs.isStored,
      segmentBytes: segmentBytesOf({ limitBytes: settings.logs.spoolBytes, workers }),
    },
  };
}
