/** A node that has lost its control plane moves to another within this time, each after another wait: a thousand of them move at once. */
const MOVE_MS = 400;
const RECONNECT_MAX_MS = 10_000;
/** Another process has the node id; it is asked again soon, because it may end. */
const DENIED_MIN_MS = 500;
const DENIED_MAX_MS = 1_500;
/** A control plane that sends nothing for so long is given up if there are others, */
const SILENCE_MS = 2_000;
/** or if there are none. */
const SILENCE_ALONE_MS = 10_000;
const SILENCE_MAX_MS = 30_000;

/**
 * How a connection ended: "lost" after the node was admitted, "failed" before, "denied" if another process has the node id.
 */
export type Ending = "lost" | "failed" | "denied";

/** ControlPlanes selects the control plane that a node connects to, and how long it waits before. */
export class ControlPlanes {
  readonly #addresses: readonly string[];
  readonly #random: () => number;
  #at: number;
  #failures = 0;
  #wasConnected = false;

  /** Nodes begin with different ones, so that each control plane has some of them. */
  constructor(addresses: readonly string[], random: () => number = Math.random) {
    this.#addresses = addresses;
    this.#random = random;
    this.#at = Math.floor(random() * addresses.length);
  }

  get address(): string {
    return this.#addresses[this.#at] as string;
  }

  get count(): number {
    return this.#addresses.length;
  }

  /** Whether each of them failed since one was connected. */
  get allFailed(): boolean {
    return this.#failures >= this.count;
  }

  /** How often each of them failed in a row. */
  get #rounds(): number {
    return Math.floor(this.#failures / this.count);
  }

  /** How long the current one may take to send something. */
  get silenceMs(): number {
    const firstMs = this.count > 1 ? SILENCE_MS : SILENCE_ALONE_MS;
    return Math.min(firstMs * 2 ** this.#rounds, SILENCE_MAX_MS);
  }

  connected(): void {
    this.#failures = 0;
    this.#wasConnected = true;
  }

  /** ended goes on to the next control plane and returns how long to wait before connecting to it. */
  ended(how: Ending): number {
    this.#at = (this.#at + 1) % this.count;
    if (how === "denied") return DENIED_MIN_MS + this.#random() * (DENIED_MAX_MS - DENIED_MIN_MS);
    if (how === "failed") this.#failures++;
    if (!this.#wasConnected && !this.allFailed) return 0;
    return this.#random() * Math.min(MOVE_MS * 2 ** this.#rounds, RECONNECT_MAX_MS);
  }
}
