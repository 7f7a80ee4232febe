import { type MetricName, type MetricReading, metricNames } from "@tollgate/telemetry";
import type { Connections } from "./connections.ts";
import type { ListenerState } from "./listener-state.ts";
import type { LoadGuard } from "./load-guard.ts";

/** readClients reads what clients take of a worker, and what they were refused and why. */
export function readClients({
  connections,
  state: { callsInFlight, held },
  guard,
}: {
  readonly connections: Connections;
  readonly state: ListenerState;
  readonly guard: LoadGuard;
}): MetricReading[] {
  const counted = (name: MetricName, unit: string, byReason: Readonly<Record<string, number>>) =>
    Object.entries(byReason).map(
      ([reason, value]): MetricReading => ({ name, kind: "counter", unit, attributes: { reason }, value }),
    );
  const gauge = (name: MetricName, unit: string, value: number): MetricReading => ({
    name,
    kind: "gauge",
    unit,
    attributes: {},
    value,
  });
  return [
    gauge(metricNames.callsInFlight, "{call}", callsInFlight),
    gauge(metricNames.clientConnections, "{connection}", connections.count),
    gauge(metricNames.heldBytes, "By", held.usedBytes),
    ...counted(metricNames.connectionsEnded, "{connection}", connections.ended),
    ...counted(metricNames.callsRefused, "{call}", { ...guard.refused, held_bytes: held.refused }),
  ];
}
