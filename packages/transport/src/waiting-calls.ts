import type { UpstreamGate } from "./upstream-gate.ts";

/** How many events the event loop has handled so far. */
const eventsOfLoop = (): number => performance.nodeTiming.uvMetricsInfo.events;

/**
 * WaitingCalls are the calls of a process that wait because its event loop has no time for more. While there are any, it looks once a turn
 * whether the loop had something to do, and tells the gates.
 */
export class WaitingCalls {
  readonly #gates = new Set<UpstreamGate>();
  readonly #eventsOf: () => number;
  #events = 0;

  constructor(eventsOf: () => number = eventsOfLoop) {
    this.#eventsOf = eventsOf;
  }

  /** How many there are. */
  get count(): number {
    let count = 0;
    for (const gate of this.#gates) count += gate.waitingForLoop;
    return count;
  }

  /** For how long the first of them waits; 0: there are none. */
  oldestMs(nowMs: number): number {
    let oldestMs = 0;
    for (const { waitingForLoop, waitsSinceMs } of this.#gates)
      if (waitingForLoop > 0 && waitsSinceMs !== undefined)
        oldestMs = Math.max(oldestMs, nowMs - waitsSinceMs);
    return oldestMs;
  }

  /** at: calls begin to wait at a gate. */
  at(gate: UpstreamGate): void {
    if (this.#gates.has(gate)) return;
    if (this.#gates.size === 0) {
      this.#events = this.#eventsOf();
      setImmediate(this.#look);
    }
    this.#gates.add(gate);
  }

  readonly #look = (): void => {
    const events = this.#eventsOf();
    const wasIdle = events === this.#events;
    this.#events = events;
    for (const gate of this.#gates) if (!gate.turned(wasIdle)) this.#gates.delete(gate);
    if (this.#gates.size > 0) setImmediate(this.#look);
  };
}
