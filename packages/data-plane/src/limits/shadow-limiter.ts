import type { ThrottleSettings } from "@tollgate/config";
import type { Allowance, Limiter } from "@tollgate/pipeline";
import { type MetricReading, metricNames } from "@tollgate/telemetry";

/** ShadowLimiter counts what a limiter would refuse, and refuses nothing: to try limits out on real traffic. */
export class ShadowLimiter implements Limiter {
  readonly #limiter: Limiter;
  #throttled = 0;
  #exceeded = 0;

  constructor(limiter: Limiter) {
    this.#limiter = limiter;
  }

  take(bucket: string, throttle: ThrottleSettings): number {
    const waitMs = this.#limiter.take(bucket, throttle);
    if (waitMs instanceof Promise) waitMs.then((late) => this.#throttle(late), ignored);
    else this.#throttle(waitMs);
    return 0;
  }

  use(counter: string, allowance: Allowance): boolean {
    const isUsed = this.#limiter.use(counter, allowance);
    if (isUsed instanceof Promise) isUsed.then((late) => this.#exceed(late), ignored);
    else this.#exceed(isUsed);
    return true;
  }

  #throttle(waitMs: number): void {
    if (waitMs > 0) this.#throttled++;
  }

  #exceed(isUsed: boolean): void {
    if (!isUsed) this.#exceeded++;
  }

  readings(): readonly MetricReading[] {
    const own = { name: metricNames.limitsShadowed, kind: "counter", unit: "{call}" } as const;
    if (this.#throttled + this.#exceeded === 0) return [];
    return [
      { ...own, attributes: { limit: "throttle" }, value: this.#throttled },
      { ...own, attributes: { limit: "quota" }, value: this.#exceeded },
    ];
  }
}

/** A limit that cannot be looked up refuses nothing here either. */
const ignored = (): void => undefined;
