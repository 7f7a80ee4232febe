import type { Observer, ObserverFactory } from "@tollgate/pipeline";
import { metricNames, type MetricName, type MetricReading } from "@tollgate/telemetry";

class StageCounters {
  count = 0;
  clientErrors = 0;
  serverErrors = 0;
  latencyMs = 0;
  integrationLatencyMs = 0;
}

/** StageMetrics counts calls by stage, in plain numbers that outlive every generation of the config. */
export class StageMetrics {
  readonly #byStage = new Map<
    string,
    { counters: StageCounters; attributes: { ApiName: string; Stage: string } }
  >();
  #unrouted = 0;

  readonly factory: ObserverFactory = ({ context: { restApiId, apiName, stageName } }) => {
    const key = `${restApiId}/${stageName}`;
    const known = this.#byStage.get(key);
    const entry = known ?? {
      counters: new StageCounters(),
      attributes: { ApiName: apiName, Stage: stageName },
    };
    if (!known) this.#byStage.set(key, entry);
    const { counters } = entry;
    return (call) => {
      counters.count++;
      if (call.status >= 500) counters.serverErrors++;
      else if (call.status >= 400) counters.clientErrors++;
      counters.latencyMs += call.endMs - call.startMs;
      counters.integrationLatencyMs += call.integrationMs;
    };
  };

  readonly unrouted: Observer = () => {
    this.#unrouted++;
  };

  read(): MetricReading[] {
    const readings: MetricReading[] = [
      {
        name: metricNames.unroutedCalls,
        kind: "counter",
        unit: "{call}",
        attributes: {},
        value: this.#unrouted,
      },
    ];
    for (const { counters, attributes } of this.#byStage.values()) {
      const add = (name: MetricName, unit: string, value: number) =>
        readings.push({ name, kind: "counter", unit, attributes, value });
      add(metricNames.count, "{call}", counters.count);
      add(metricNames.clientError, "{call}", counters.clientErrors);
      add(metricNames.serverError, "{call}", counters.serverErrors);
      add(metricNames.latency, "ms", counters.latencyMs);
      add(metricNames.integrationLatency, "ms", counters.integrationLatencyMs);
    }
    return readings;
  }
}
