import { type MetricName, type MetricReading, metricNames } from "@tollgate/telemetry";
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
  const reading = (
    name: MetricName,
    kind: MetricReading["kind"],
    unit: string,
    value: number,
    attributes: MetricReading["attributes"] = {},
  ): MetricReading => ({ name, kind, unit, attributes, value });
  const { edgeViewers, edgeRelayed, edgeOriginUp, edgeOriginStreams, edgeOriginFailures } = metricNames;
  return [
    reading(metricNames.clientConnections, "gauge", "{connection}", connections.count),
    ...Object.entries(connections.ended).map(([reason, value]) =>
      reading(metricNames.connectionsEnded, "counter", "{connection}", value, { reason }),
    ),
    ...(["relayed", "refused", "lost"] as const).map((outcome) =>
      reading(edgeViewers, "counter", "{connection}", counts[outcome], { outcome }),
    ),
    reading(edgeRelayed, "counter", "By", counts.receivedBytes, { direction: "received" }),
    reading(edgeRelayed, "counter", "By", counts.sentBytes, { direction: "sent" }),
    ...origins.states.flatMap(({ address: origin, isReachable, streams, failures }) => [
      reading(edgeOriginUp, "gauge", "", isReachable ? 1 : 0, { origin }),
      reading(edgeOriginStreams, "gauge", "{connection}", streams, { origin }),
      reading(edgeOriginFailures, "counter", "{connection}", failures, { origin }),
    ]),
  ];
}
