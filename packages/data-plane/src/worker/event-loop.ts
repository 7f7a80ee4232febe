import { type MetricName, type MetricReading, metricNames } from "@tollgate/telemetry";

const counter = (name: MetricName, unit: string, value: number): MetricReading => ({
  name,
  kind: "counter",
  unit,
  attributes: {},
  value,
});

/**
 * readEventLoop reads what the event loop of this process has done since its start. Busy seconds in a second are how much of a core it could have and took; busy
 * seconds in a turn are for how long what arrives waits to be looked at.
 */
export const readEventLoop = (): readonly MetricReading[] => [
  counter(metricNames.eventLoopBusy, "s", performance.eventLoopUtilization().active / 1_000),
  counter(metricNames.eventLoopTurns, "{turn}", performance.nodeTiming.uvMetricsInfo.loopCount),
];
