import type { Client } from "./http1/http1-pool.ts";
import { StuckCalls } from "./stuck-calls.ts";
import { UpstreamGate, type Waiter } from "./upstream-gate.ts";

/** A client may keep a connection that others wait for so long, in all, while it reads more slowly than this. */
const HELD_MAX_MS = 1_000;
const BYTES_PER_MS = 256;
const CHECK_MS = 250;

/** Holder is a call that may keep a connection busy while its client does not read. */
export interface Holder extends Waiter {
  /** How long it has kept the connection waiting for its client; the pool counts it. */
  heldMs: number;
  /** Frees the connection. */
  giveUp(): void;
}

/**
 * UpstreamPool is the connections to one upstream. Where all are busy and calls wait for one, those go first whose clients read slowly: a
 * slow client may wait for its upstream's bytes, but others must not wait for it.
 */
export class UpstreamPool {
  readonly #newClient: () => Client;
  #client: Client;
  readonly #connections: number;
  readonly #gate: UpstreamGate;
  #calls = 0;
  #isForgotten = false;
  /** Since when a holder waits for its client. */
  readonly #held = new Map<Holder, number>();
  #timer: NodeJS.Timeout | undefined = undefined;

  readonly #stuck = new StuckCalls(
    () => this.#gate.going,
    () => this.#replaceClient(),
  );

  /** `waits` is called when calls begin to wait because the process has no time for more. */
  constructor(newClient: () => Client, connections: number, waits: (gate: UpstreamGate) => void) {
    this.#newClient = newClient;
    this.#client = newClient();
    this.#connections = connections;
    this.#gate = new UpstreamGate(connections, waits);
  }

  /** What sends calls whose turn has come. */
  get client(): Client {
    return this.#client;
  }

  /** begin sends a call, at once or when its turn has come. */
  begin(holder: Holder): void {
    this.#calls++;
    if (this.#calls > this.#connections) this.#watch();
    this.#gate.enter(holder);
  }

  end(holder: Holder): void {
    this.#calls--;
    if (this.#held.delete(holder)) this.#gate.goesOn();
    this.#gate.leave(holder);
    this.#closeIfDone();
  }

  /** overInQueue: a call is over, but the client has not taken it. It keeps its place until it is `back`, so that no more than there are connections pile up. */
  overInQueue(): void {
    this.#stuck.add();
  }

  /** back: the client has given a call back that was over. */
  back(holder: Holder): void {
    this.#stuck.remove();
    this.end(holder);
  }

  /** All that the old client has comes back. */
  #replaceClient(): void {
    const old = this.#client;
    this.#client = this.#newClient();
    void old.destroy().catch(() => undefined);
  }

  destroy(): Promise<void> {
    return this.#client.destroy();
  }

  /** forget closes the connections when the calls that have begun are over: those that wait at the gate have not been sent yet. */
  forget(): void {
    this.#isForgotten = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#isForgotten && this.#calls === 0) void this.#client.close().catch(() => undefined);
  }

  /** paused: its client must read first. `bytes` came since it was paused the last time; for what was read, it has as long as a slow client needs. */
  paused(holder: Holder, bytes: number): void {
    holder.heldMs = Math.max(0, holder.heldMs - bytes / BYTES_PER_MS);
    if (!this.#held.has(holder)) this.#gate.rests();
    this.#held.set(holder, performance.now());
  }

  resumed(holder: Holder): void {
    const sinceMs = this.#held.get(holder);
    if (sinceMs === undefined) return;
    holder.heldMs += performance.now() - sinceMs;
    this.#held.delete(holder);
    this.#gate.goesOn();
  }

  #watch(): void {
    if (!this.#timer) this.#timer = setTimeout(this.#relieve, CHECK_MS).unref();
  }

  readonly #relieve = (): void => {
    this.#timer = undefined;
    if (this.#calls <= this.#connections) return;
    this.#watch();
    // Those that wait for the event loop would not go sooner with one connection more.
    const waiting = this.#gate.waitingForConnection;
    if (waiting === 0) return;
    const nowMs = performance.now();
    const slow = [...this.#held]
      .map(([holder, sinceMs]) => ({ holder, heldMs: holder.heldMs + nowMs - sinceMs }))
      .filter(({ heldMs }) => heldMs > HELD_MAX_MS)
      .sort((a, b) => b.heldMs - a.heldMs);
    for (const { holder } of slow.slice(0, waiting)) holder.giveUp();
  };
}
