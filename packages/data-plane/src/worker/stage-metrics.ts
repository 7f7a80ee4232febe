import { type Call, type Observer, type ObserverFactory, restStateOf } from "@tollgate/pipeline";
import { type MetricName, type MetricReading, metricNames } from "@tollgate/telemetry";
import { nameInMetrics } from "../usage/name-in-metrics.ts";

/** Ends of buckets in milliseconds: enough to see which part of calls is slow. Exact percentiles are those of CloudWatch's metrics. */
const BOUNDARIES = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 29_000];

/** Latencies counts durations in milliseconds. */
class Latencies {
  count = 0;
  #sumMs = 0;
  /** One number for all where there are no buckets. */
  readonly #counts: number[];

  constructor(hasBuckets: boolean) {
    this.#counts = Array.from({ length: hasBuckets ? BOUNDARIES.length + 1 : 1 }, () => 0);
  }

  add(ms: number): void {
    this.count++;
    this.#sumMs += ms;
    let at = 0;
    const last = this.#counts.length - 1;
    while (at < last && ms > (BOUNDARIES[at] as number)) at++;
    (this.#counts[at] as number)++;
  }

  read() {
    const { length } = this.#counts;
    const histogram = { boundaries: BOUNDARIES.slice(0, length - 1), counts: [...this.#counts] };
    return { value: this.#sumMs, histogram };
  }
}

class StageCounters {
  count = 0;
  clientErrors = 0;
  serverErrors = 0;
  cacheHits = 0;
  cacheMisses = 0;
  bytes = 0;
  readonly latency: Latencies;
  readonly integrationLatency: Latencies;

  constructor(isStage: boolean) {
    this.latency = new Latencies(isStage);
    this.integrationLatency = new Latencies(isStage);
  }

  add(call: Call): void {
    this.count++;
    if (call.status >= 500) this.serverErrors++;
    else if (call.status >= 400) this.clientErrors++;
    this.bytes += call.requestBytes + call.responseBytes;
    this.latency.add(call.endMs - call.startMs);
    if (call.integrationMs > 0) this.integrationLatency.add(call.integrationMs);
    const outcome = restStateOf(call)?.cacheOutcome;
    if (outcome === "hit") this.cacheHits++;
    else if (outcome === "miss") this.cacheMisses++;
  }
}

/** Methods of a node that have metrics of their own: 9 series each. CloudWatch's metrics have all of them. */
const METHODS_MAX = 2_000;

/** StageMetrics counts calls by stage, in plain numbers that outlive every generation of the config. */
export class StageMetrics {
  readonly #byStage = new Map<
    string,
    { counters: StageCounters; attributes: Readonly<Record<string, string>> }
  >();
  readonly #methodsMax: number;
  #methods = 0;
  #unrouted = 0;
  #overflowed = 0;

  constructor(methodsMax = METHODS_MAX) {
    this.#methodsMax = methodsMax;
  }

  #countersOf(key: string, attributes: Readonly<Record<string, string>>, isStage = true): StageCounters {
    const known = this.#byStage.get(key);
    if (known) return known.counters;
    const counters = new StageCounters(isStage);
    this.#byStage.set(key, { counters, attributes });
    return counters;
  }

  /**
   * Calls of a canary are counted for {stage}/Canary (AWS: canary release deployment). A method is counted separately only if its
   * settings say so.
   */
  readonly factory: ObserverFactory = ({ context, hasOwnMetrics, resourcePath, httpMethod }) => {
    const { accountId, apiId, apiName, protocol, reportedStage: stage } = context;
    const attributes = {
      AccountId: accountId,
      ApiId: apiId,
      ApiName: protocol === "REST" ? nameInMetrics(apiName) || apiId : apiName,
      Protocol: protocol,
      Stage: stage,
    };
    const counters = this.#countersOf(`${apiId}/${stage}`, attributes);
    if (!hasOwnMetrics) return (call) => counters.add(call);
    const key = `${apiId}/${stage} ${httpMethod} ${resourcePath}`;
    if (!this.#byStage.has(key) && ++this.#methods > this.#methodsMax)
      return (call) => {
        counters.add(call);
        this.#overflowed++;
      };
    const method = { ...attributes, Resource: resourcePath, Method: httpMethod };
    const ofMethod = this.#countersOf(key, method, false);
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
      {
        name: metricNames.overflowedCalls,
        kind: "counter",
        unit: "{call}",
        attributes: {},
        value: this.#overflowed,
      },
    ];
    for (const { counters, attributes } of this.#byStage.values()) {
      const add = (name: MetricName, unit: string, value: number) =>
        readings.push({ name, kind: "counter", unit, attributes, value });
      add(metricNames.count, "{call}", counters.count);
      add(metricNames.clientError, "{call}", counters.clientErrors);
      add(metricNames.serverError, "{call}", counters.serverErrors);
      const addTimes = (name: MetricName, times: Latencies) =>
        readings.push({ name, kind: "histogram", unit: "ms", attributes, ...times.read() });
      addTimes(metricNames.latency, counters.latency);
      // As on AWS, what has called no integration has no latency of them.
      if (counters.integrationLatency.count > 0)
        addTimes(metricNames.integrationLatency, counters.integrationLatency);
      // As on AWS, only HTTP APIs count bytes.
      if (attributes["Protocol"] === "HTTP") add(metricNames.dataProcessed, "By", counters.bytes);
      // As on AWS, a stage without a cache has no cache metrics.
      if (counters.cacheHits + counters.cacheMisses === 0) continue;
      add(metricNames.cacheHit, "{call}", counters.cacheHits);
      add(metricNames.cacheMiss, "{call}", counters.cacheMisses);
    }
    return readings;
  }
}
