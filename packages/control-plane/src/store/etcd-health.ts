import { setTimeout as delay } from "node:timers/promises";
import type { Etcd3 } from "etcd3";
import { type EtcdConnection, EtcdUnavailable } from "./etcd-client.ts";
import type { EtcdKeys } from "./etcd-keys.ts";

const INTERVAL_MS = 1_000;
/** The same while it cannot serve, so that its return is noticed soon. */
const OUTAGE_INTERVAL_MS = 200;
/** A cluster that takes longer for the smallest read has no leader, or hangs. */
const RESPONSE_MAX_MS = 4_000;

/** EtcdHealth asks etcd every second whether it can serve. The read needs a majority of the members, as writes do. */
export class EtcdHealth implements AsyncDisposable {
  readonly #client: Etcd3;
  readonly #keys: EtcdKeys;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #outage: string | undefined;

  constructor({ client, keys }: EtcdConnection) {
    this.#client = client;
    this.#keys = keys;
    this.#running = this.#run();
  }

  /** Why etcd cannot serve; undefined: it can. */
  get outage(): string | undefined {
    return this.#outage;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#client.kv.range(
          { key: Buffer.from(this.#keys.marker), limit: 1 },
          { deadline: Date.now() + RESPONSE_MAX_MS },
        );
        this.#outage = undefined;
      } catch (error) {
        this.#outage =
          error instanceof EtcdUnavailable ? error.message : `etcd cannot be used (${String(error)})`;
      }
      const waitMs = this.#outage === undefined ? INTERVAL_MS : OUTAGE_INTERVAL_MS;
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }
}
