import { Distribution, type Metric, type Sample } from "@tollgate/metric-store";
import type { UsageEvent } from "@tollgate/proto/usage";
import { dimensionSets } from "./dimension-sets.ts";
import { samplesOf } from "./samples.ts";

/** The namespace of API Gateway's metrics. */
export const CALLS_NAMESPACE = "AWS/ApiGateway";

const MINUTE_S = 60;
/** An event from so far after the time at which it was received has the time of a wrong clock: it counts when it was received. */
const EARLY_MS = 300_000;

interface RouteMinute {
  readonly event: UsageEvent;
  readonly unixS: number;
  readonly values: Map<Metric, Distribution>;
}

/** CallTally adds up events by route and minute in memory, so that many events need few statements. */
export class CallTally {
  readonly #minutes = new Map<string, RouteMinute>();

  add(event: UsageEvent, receivedUnixMs: number): void {
    const samples = samplesOf(event);
    if (samples.length === 0) return;
    const { values } = this.#minuteOf(event, receivedUnixMs);
    for (const [metric, value] of samples) {
      let known = values.get(metric);
      if (!known) values.set(metric, (known = new Distribution()));
      known.add(value);
    }
  }

  #minuteOf(event: UsageEvent, receivedUnixMs: number): RouteMinute {
    const endUnixMs = Number(event.endTimeUnixMs);
    const unixMs = endUnixMs - receivedUnixMs > EARLY_MS ? receivedUnixMs : endUnixMs;
    const unixS = Math.floor(unixMs / 1000 / MINUTE_S) * MINUTE_S;
    const { accountId, apiId, apiName, stage, httpMethod, resourcePath, canary, detailedMetrics } = event;
    // Only the last part may contain a line break.
    const name = `${unixS}\n${accountId}\n${apiId}\n${apiName}\n${stage}\n${canary}${detailedMetrics}\n${httpMethod}\n${resourcePath}`;
    let minute = this.#minutes.get(name);
    if (!minute) this.#minutes.set(name, (minute = { event, unixS, values: new Map() }));
    return minute;
  }

  /** The samples of all dimension sets. */
  samples(): Sample[] {
    return [...this.#minutes.values()].flatMap(({ event, unixS, values }) =>
      dimensionSets(event).flatMap((dimensions) =>
        [...values].map(([metric, distribution]) => ({
          accountId: event.accountId,
          namespace: CALLS_NAMESPACE,
          dimensions,
          metric,
          unixS,
          values: distribution,
        })),
      ),
    );
  }
}
