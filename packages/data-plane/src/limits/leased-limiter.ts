import type { ThrottleSettings } from "@tollgate/config";
import type { Allowance, Limiter } from "@tollgate/pipeline";
import { LeasedQuotas } from "./leased-quotas.ts";
import { LeasedTokens } from "./leased-tokens.ts";
import type { LimitSource } from "./source.ts";

const GIVE_BACK_EVERY_MS = 100;

/** LeasedLimiter is a worker's limiter: it decides with what it has leased from its node. */
export class LeasedLimiter implements Limiter, AsyncDisposable {
  readonly #tokens: LeasedTokens;
  readonly #quotas: LeasedQuotas;
  readonly #timer: NodeJS.Timeout;

  constructor(source: LimitSource, nowMs: () => number) {
    this.#tokens = new LeasedTokens(source, nowMs);
    this.#quotas = new LeasedQuotas(source, nowMs);
    this.#timer = setInterval(() => void this.giveBack(), GIVE_BACK_EVERY_MS).unref();
  }

  take(bucket: string, throttle: ThrottleSettings): number | Promise<number> {
    return this.#tokens.take(bucket, throttle);
  }

  use(counter: string, allowance: Allowance): boolean | Promise<boolean> {
    return this.#quotas.use(counter, allowance);
  }

  /** giveBack returns to the node what was not used in time, or everything. */
  async giveBack(all = false): Promise<void> {
    await Promise.all([this.#tokens.giveBack(all), this.#quotas.giveBack(all)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.giveBack(true);
  }
}
