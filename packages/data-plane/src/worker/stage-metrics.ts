import { type Call, type Observer, type ObserverFactory, restStateOf } from "@tollgate/pipeline";
import { type MetricName, type MetricReading, metricNames } from "@tollgate/telemetry";

class StageCounters {
  count = 0;
  clientErrors = 0;
  serverErrors = 0;
  latencyMs = 0;
  integrationLatencyMs = 0;
  cacheHits = 0;
  cacheMisses = 0;

  add(call: Call): void {
    this.count++;
    if (call.status >= 500) this.serverErrors++;
    else if (call.status >= 400) this.clientErrors++;
    this.latencyMs += call.endMs - call.startMs;
    this.integrationLatencyMs += call.integrationMs;
    const outcome = restStateOf(call)?.cacheOutcome;
    if (outcome === "hit") this.cacheHits++;
    else if (outcome === "miss") this.cacheMisses++;
  }
}

/** StageMetrics counts calls by stage, in plain numbers that outlive every generation of the config. */
export class StageMetrics {
  readonly #byStage = new Map<
    string,
    { counters: StageCounters; attributes: Readonly<Record<string, string>> }
  >();
  #unrouted = 0;

  #countersOf(key: string, attributes: Readonly<Record<string, string>>): StageCounters {
    const known = this.#byStage.get(key);
    if (known) return known.counters;
    const counters = new StageCounters();
    this.#byStage.set(key, { counters, attributes });
    return counters;
  }

  /**
   * Calls of a canary are counted for {stage}/Canary (AWS: canary release deployment). A method is counted separately only if its
   * settings say so.
   */
  readonly factory: ObserverFactory = ({ context, hasOwnMetrics, resourcePath, httpMethod }) => {
    const { apiId, apiName, reportedStage: stage } = context;
    const attributes = { ApiName: apiName, Stage: stage };
    const counters = this.#countersOf(`${apiId}/${stage}`, attributes);
    if (!hasOwnMetrics) return (call) => counters.add(call);
    const ofMethod = this.#countersOf(`${apiId}/${stage} ${httpMethod} ${resourcePath}`, {
      ...attributes,
      Resource: resourcePath,
      Method: httpMethod,
    });
    return (call) => {
      counters.add(call);
      ofMethod.add(call);
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
      // As on AWS, a stage without a cache has no cache metrics.
      if (counters.cacheHits + counters.cacheMisses === 0) continue;
      add(metricNames.cacheHit, "{call}", counters.cacheHits);
      add(metricNames.cacheMiss, "{call}", counters.cacheMisses);
    }
    return readings;
  }
}
