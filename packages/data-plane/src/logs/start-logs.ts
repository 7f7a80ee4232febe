import { join } from "node:path";
import { type Logger, type MetricName, type MetricReading, metricNames } from "@tollgate/telemetry";
import { createTopicSender, type TopicSender } from "@tollgate/usage-stream/kafka";
import type { DataPlaneSettings } from "../settings.ts";
import { Shipper } from "../usage/shipper.ts";
import { LogFanOut } from "./fan-out.ts";
import { LineWriter, rotatingFile, stdoutTarget } from "./line-writer.ts";

export interface LogsOptions {
  readonly folder: string;
  readonly logger: Logger;
  /** Keeps the events instead of Kafka. */
  readonly sink: TopicSender | undefined;
}

/** Logs are what a node does with the log events of its workers. */
export interface Logs {
  readonly folder: string;
  readonly shipper: Shipper;
  /** The events are kept where they can be asked for. */
  readonly isStored: boolean;
  readonly readings: () => readonly MetricReading[];
}

/** startLogs sends the log events of the workers to their sinks until the scope is disposed; undefined: no log is written. */
export function startLogs(
  scope: AsyncDisposableStack,
  { kafka, nodeId, workers, logs, spool }: DataPlaneSettings,
  { folder, logger, sink: given }: LogsOptions,
): Logs | undefined {
  const { sinks, topic, spoolBytes, file } = logs;
  const isKept = sinks.includes("store") && (given !== undefined || kafka.brokers.length > 0);
  const lines = sinks.flatMap((name) => {
    if (name === "stdout") return new LineWriter(stdoutTarget, logger);
    return name === "file" ? new LineWriter(rotatingFile(file), logger) : [];
  });
  if (!isKept && lines.length === 0) return undefined;
  const kept = isKept ? (given ?? createTopicSender({ kafka, clientId: nodeId, topic, logger })) : undefined;
  const sink = scope.use(new LogFanOut(lines, kept));
  const spoolFolder = join(folder, "logs");
  const shipper = scope.use(
    new Shipper({
      folder: spoolFolder,
      nodeId,
      sink,
      logger,
      what: "log events",
      limits: { limitBytes: spoolBytes, workers },
      damagedMaxBytes: spool.damagedMaxBytes,
    }),
  );
  shipper.start();
  return { folder: spoolFolder, shipper, isStored: isKept, readings: () => readingsOf(shipper, sink) };
}

function readingsOf({ status }: Shipper, { dropped }: LogFanOut): readonly MetricReading[] {
  const { backlogBytes, shippedEvents, sendFailures, lostEvents } = status;
  const of = (name: MetricName, kind: MetricReading["kind"], unit: string, value: number): MetricReading => ({
    name,
    kind,
    unit,
    attributes: {},
    value,
  });
  return [
    of(metricNames.logsBacklog, "gauge", "By", backlogBytes),
    of(metricNames.logsShipped, "counter", "{event}", shippedEvents),
    of(metricNames.logsSendFailures, "counter", "{batch}", sendFailures),
    of(metricNames.logsLost, "counter", "{event}", lostEvents),
    of(metricNames.logsUnwritten, "counter", "{event}", dropped),
  ];
}
