import { ApiKind, type UsageEvent } from "@tollgate/proto/usage";
import { HTTP, OBSERVED, REST, STAGE } from "./observed-apis.ts";
import { type MetricQuery, PERIOD_S, type Periods } from "./read-metrics.ts";

const PERCENTILES = [50, 90, 99] as const;
const TOLERANCE = 0.02;

/** Latencies are the latencies of calls as the gateway recorded them, each by itself, by metric and period. */
export class Latencies {
  readonly #values = new Map<string, number[]>();

  add({ apiKind, apiId, endTimeUnixMs, latencyUs, integrationLatencyUs }: UsageEvent): void {
    if (apiKind === ApiKind.WEBSOCKET) return;
    const periodS = Math.floor(Number(endTimeUnixMs) / 1_000 / PERIOD_S) * PERIOD_S;
    this.#push(apiId, "Latency", periodS, latencyUs);
    if (integrationLatencyUs > 0n) this.#push(apiId, "IntegrationLatency", periodS, integrationLatencyUs);
  }

  #push(apiId: string, name: string, periodS: number, us: bigint): void {
    const key = `${apiId} ${name} ${periodS}`;
    const values = this.#values.get(key) ?? [];
    this.#values.set(key, values);
    values.push(Number(us) / 1_000);
  }

  /** The percentiles that are compared. */
  get queries(): readonly (MetricQuery & { readonly apiId: string; readonly percentile: number })[] {
    return OBSERVED.filter(({ id }) => id === REST.id || id === HTTP.id).flatMap(({ id, dimension }) =>
      ["Latency", "IntegrationLatency"].flatMap((name) =>
        PERCENTILES.map((percentile) => ({
          apiId: id,
          percentile,
          metric: { dimensions: { ...dimension, Stage: STAGE }, name },
          stat: `p${percentile}`,
        })),
      ),
    );
  }

  /** How far a percentile of CloudWatch's API is from the exact one, as a part of it; 0: it is between the calls next to it. */
  errorOf(
    { apiId, metric, percentile }: (typeof this.queries)[number],
    periods: Periods,
  ): { readonly error: number; readonly detail: string } {
    let worst = { error: 0, detail: "" };
    for (const [periodS, value] of periods) {
      const values = this.#values.get(`${apiId} ${metric.name} ${periodS}`)?.sort((a, b) => a - b) ?? [];
      const rank = Math.max(0, Math.ceil((values.length * percentile) / 100) - 1);
      const [low = 0, high = 0] = [
        values[Math.max(0, rank - 1)],
        values[Math.min(values.length - 1, rank + 1)],
      ];
      const error = value < low ? 1 - value / low : value > high ? value / high - 1 : 0;
      const detail = `p${percentile} of ${metric.name} of ${apiId}: ${value}, and calls have ${low} to ${high}`;
      if (!(error <= worst.error)) worst = { error, detail };
    }
    return periods.size === 0 ? { error: 1, detail: `${metric.name} of ${apiId} has no percentiles` } : worst;
  }

  static isRight = (error: number): boolean => error <= TOLERANCE;
}
