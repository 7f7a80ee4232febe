import type { Dimension, Metric, Sample } from "@tollgate/metric-store";
import { ACCOUNT, API, API_NAME, type EventView, METHOD, PATH, STAGE } from "@tollgate/usage-stream";
import { ByTime } from "../usage-store/by-time.ts";
import { Combinations } from "../usage-store/combinations.ts";
import { CallValues } from "./call-values.ts";
import { dimensionSets } from "./dimension-sets.ts";
import { addSamples, isMeasured } from "./samples.ts";

/** The namespace of API Gateway's metrics. */
export const CALLS_NAMESPACE = "AWS/ApiGateway";

const MINUTE_S = 60;
/** An event from so far after the time at which it was received has the time of a wrong clock: it counts when it was received. */
const EARLY_MS = 300_000;

interface MeasuredRoute {
  readonly accountId: string;
  readonly sets: readonly (readonly Dimension[])[];
  /** By the second at which they begin. */
  readonly minutes: ByTime<CallValues>;
}

const noValues = (): CallValues => new CallValues();

/** CallTally adds up events by stage or route and minute in memory, so that many events need few statements. */
export class CallTally {
  readonly #routes = new Combinations<MeasuredRoute>(8);
  /** Of the event that is counted. */
  #values = noValues();
  readonly #add = (metric: Metric, value: number): void => this.#values.add(metric, value);

  add(event: EventView, receivedUnixMs: number): void {
    if (!isMeasured(event)) return;
    const { endTimeUnixMs } = event;
    const unixMs = endTimeUnixMs - receivedUnixMs > EARLY_MS ? receivedUnixMs : endTimeUnixMs;
    const unixS = Math.floor(unixMs / 1000 / MINUTE_S) * MINUTE_S;
    this.#values = this.#routeOf(event).minutes.at(unixS, noValues);
    addSamples(event, this.#add);
  }

  #routeOf(event: EventView): MeasuredRoute {
    const { key } = this.#routes;
    const { texts } = event;
    key[0] = texts[ACCOUNT] as number;
    key[1] = texts[API] as number;
    key[2] = texts[API_NAME] as number;
    key[3] = texts[STAGE] as number;
    // Without detailed metrics, all routes of a stage count in the same sets.
    key[4] = event.detailedMetrics ? (texts[METHOD] as number) : 0;
    key[5] = event.detailedMetrics ? (texts[PATH] as number) : 0;
    key[6] = event.apiKind;
    key[7] = (event.canary ? 1 : 0) + (event.detailedMetrics ? 2 : 0);
    return (
      this.#routes.get() ??
      this.#routes.add({
        accountId: event.accountId,
        sets: dimensionSets(event),
        minutes: new ByTime(),
      })
    );
  }

  /** The samples of all dimension sets. */
  samples(): Sample[] {
    return this.#routes.values.flatMap(({ accountId, sets, minutes }) =>
      minutes.inOrder.flatMap(([unixS, tallied]) => {
        const distributions = tallied.distributions();
        return sets.flatMap((dimensions) =>
          distributions.map(({ metric, values }) => ({
            accountId,
            namespace: CALLS_NAMESPACE,
            dimensions,
            metric,
            unixS,
            values,
          })),
        );
      }),
    );
  }
}
