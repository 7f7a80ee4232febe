import type { Subscriber, SubscriberStatus } from "@tollgate/config-stream/subscriber";
import { type MetricName, type MetricReading, metricNames } from "@tollgate/telemetry";
import { clientCertificatesEnd } from "@tollgate/transport/client-certificates";
import type { NodeCaches } from "../cache/node-caches.ts";
import type { Limits } from "../limits/open-limits.ts";
import type { Logs } from "../logs/start-logs.ts";
import type { DataPlaneSettings } from "../settings.ts";
import type { Shipper } from "../usage/shipper.ts";
import type { WorkerPool } from "./worker-pool.ts";

const own = (name: MetricName, kind: MetricReading["kind"], unit: string, value: number): MetricReading => ({
  name,
  kind,
  unit,
  attributes: {},
  value,
});

/** configReadings are how far a node is with its config. */
export const configReadings = ({
  version,
  appliedUnixMs,
  nackCount,
  unsavedMs,
}: SubscriberStatus): readonly MetricReading[] => [
  own(metricNames.configRevision, "gauge", "", version),
  own(metricNames.configAge, "gauge", "s", appliedUnixMs === 0 ? 0 : (Date.now() - appliedUnixMs) / 1000),
  own(metricNames.configNacks, "counter", "{update}", nackCount),
  own(metricNames.configUnsaved, "gauge", "s", unsavedMs / 1000),
];

/** readAll are the current values of a node's metrics, those of its workers included. */
export async function readAll(
  workers: WorkerPool,
  subscriber: Subscriber,
  shipper: Shipper,
  parts: Pick<Limits, "readings"> & {
    readonly caches: NodeCaches;
    readonly logs: Logs | undefined;
    readonly settings: Pick<DataPlaneSettings, "upstreams">;
  },
): Promise<readonly MetricReading[]> {
  const { restarts } = workers.status;
  const listening = workers.conditions.filter(({ isListening }) => isListening).length;
  const { backlogBytes, usedBytes, damagedBytes, limitBytes, shippedEvents, sendFailures, lostEvents } =
    await shipper.measure();
  const { clientCertificates } = parts.settings.upstreams;
  const certificatesEndMs =
    clientCertificates === undefined ? undefined : clientCertificatesEnd(clientCertificates);
  return [
    ...(await workers.readMetrics()),
    ...parts.readings(),
    ...parts.caches.readings(),
    ...configReadings(subscriber.status),
    own(metricNames.workers, "gauge", "{worker}", listening),
    own(metricNames.workerRestarts, "counter", "{worker}", restarts),
    own(metricNames.spoolBacklog, "gauge", "By", backlogBytes),
    own(metricNames.spoolSize, "gauge", "By", usedBytes),
    own(metricNames.spoolDamaged, "gauge", "By", damagedBytes),
    own(metricNames.spoolLimit, "gauge", "By", limitBytes),
    own(metricNames.usageShipped, "counter", "{event}", shippedEvents),
    own(metricNames.usageSendFailures, "counter", "{batch}", sendFailures),
    own(metricNames.usageLost, "counter", "{event}", lostEvents),
    ...(certificatesEndMs === undefined
      ? []
      : [
          own(metricNames.clientCertificatesValidity, "gauge", "s", (certificatesEndMs - Date.now()) / 1_000),
        ]),
    ...(parts.logs?.readings() ?? []),
  ];
}
