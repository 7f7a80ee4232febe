import { setTimeout as delay } from "node:timers/promises";

/** backOffMs is how long to wait after so many failures: twice as long after each, up to half of it by chance. */
export const backOffMs = (failures: number, firstMs: number, mostMs: number): number => {
  const fullMs = Math.min(firstMs * 2 ** Math.min(failures, 20), mostMs);
  return fullMs / 2 + (Math.random() * fullMs) / 2;
};

/** BackOff waits longer after each failure, up to `mostMs`, and not all wait for the same time. */
export class BackOff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  #failures = 0;

  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** wait resolves at the next attempt, or when the signal is given. */
  async wait(signal: AbortSignal): Promise<void> {
    await delay(backOffMs(this.#failures++, this.#firstMs, this.#mostMs), undefined, { signal }).catch(
      () => undefined,
    );
  }
}
