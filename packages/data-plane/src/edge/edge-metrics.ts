import { type MetricReading, metricNames, metricReading } from "@tollgate/telemetry";
import type { Connections } from "../listener/connections.ts";
import type { Origins } from "./origins.ts";
import type { RelayCounts } from "./relay.ts";

export interface EdgeReadingsOptions {
  readonly connections: Pick<Connections, "count" | "ended">;
  readonly counts: RelayCounts;
  readonly origins: Pick<Origins, "states">;
}

/** edgeReadings are the metrics of an edge node's viewers and origins. */
export function edgeReadings({ connections, counts, origins }: EdgeReadingsOptions): MetricReading[] {
  const { edgeViewers, edgeRelayed, edgeOriginUp, edgeOriginStreams, edgeOriginFailures } = metricNames;
  return [
    metricReading(metricNames.clientConnections, "gauge", "{connection}", connections.count),
    ...Object.entries(connections.ended).map(([reason, value]) =>
      metricReading(metricNames.connectionsEnded, "counter", "{connection}", value, { reason }),
    ),
    ...(["relayed", "refused", "lost"] as const).map((outcome) =>
      metricReading(edgeViewers, "counter", "{connection}", counts[outcome], { outcome }),
    ),
    metricReading(edgeRelayed, "counter", "By", counts.receivedBytes, { direction: "received" }),
    metricReading(edgeRelayed, "counter", "By", counts.sentBytes, { direction: "sent" }),
    ...origins.states.flatMap(({ address: origin, isReachable, streams, failures }) => [
      metricReading(edgeOriginUp, "gauge", "", isReachable ? 1 : 0, { origin }),
      metricReading(edgeOriginStreams, "gauge", "{connection}", streams, { origin }),
      metricReading(edgeOriginFailures, "counter", "{connection}", failures, { origin }),
    ]),
  ];
}
