import { LRUCache } from "lru-cache";
import { ALL_KEYS } from "@tollgate/config-stream";
import { DiscoveryService, type ResolveResponse } from "@tollgate/proto/discovery";
import { createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { RpcCode } from "@tollgate/proto/rpc";
import type { TlsFiles } from "@tollgate/telemetry";
import { FairQueue, type FairQueueLimits } from "./fair-queue.ts";
import type { KeyRecord } from "./key-record.ts";

const KEYS_MAX = 100_000;
const UNKNOWN_MAX = 100_000;
/** The assumed size of a key in addition to its name: names of sessions are long. */
const KEY_SIZE = 512;
const UNKNOWN_SIZE = 64;
const TIMEOUT_MS = 2_000;
/** Most lookups at once, of names that were found before and of others: callers who guess keys must not overload the control plane. */
const FOUND_AT_ONCE_MAX = 128;
const OTHERS_AT_ONCE_MAX = 128;
const WAITING: FairQueueLimits = { itemsMax: 16_384, sizeMax: 16 * 1024 * 1024 };

type Client = ServiceClient<typeof DiscoveryService>;

interface Entry {
  readonly record: KeyRecord;
  /** The number of changes of all keys that it has seen. With another one it is used only while the control plane is unreachable. */
  epoch: number;
}

export interface KeyResolverOptions {
  /** Looks a key up at the control plane. */
  readonly ask: (name: string) => Promise<KeyRecord>;
}

interface Lookup extends PromiseWithResolvers<KeyRecord> {
  readonly name: string;
}

const STALE = -1;

const entriesOf = (max: number, size: number) =>
  new LRUCache<string, Entry>({
    max,
    maxSize: max * size,
    sizeCalculation: (_entry, name) => size + name.length,
  });

/**
 * KeyResolver looks up keys for all workers of a node, and caches them until the config stream reports a change. Names that are not those
 * of any key have a cache and lookups of their own, and wait in turns by the source that sent them: however many of them come, keys stay
 * cached, and one that was not met yet is found.
 */
export class KeyResolver {
  readonly #ask: KeyResolverOptions["ask"];
  readonly #found = entriesOf(KEYS_MAX, KEY_SIZE);
  readonly #unknown = entriesOf(UNKNOWN_MAX, UNKNOWN_SIZE);
  readonly #ofFound = new Lookups(FOUND_AT_ONCE_MAX, (lookup) => this.#look(lookup));
  readonly #ofOthers = new Lookups(OTHERS_AT_ONCE_MAX, (lookup) => this.#look(lookup));
  readonly #asked = new Map<string, Lookup>();
  #epoch = 0;

  constructor({ ask }: KeyResolverOptions) {
    this.#ask = ask;
  }

  /** resolve rejects if the control plane is unreachable and the key is not cached. `source` is whose turn it takes. */
  async resolve(name: string, source: string): Promise<KeyRecord> {
    const found = this.#found.get(name);
    const entry = found ?? this.#unknown.get(name);
    if (entry?.epoch === this.#epoch) return entry.record;
    const lookups = found ? this.#ofFound : this.#ofOthers;
    try {
      return await (this.#asked.get(name) ?? this.#start(name, source, lookups)).promise;
    } catch (error) {
      if (entry) return entry.record;
      throw error;
    }
  }

  #start(name: string, source: string, lookups: Lookups): Lookup {
    const lookup: Lookup = { name, ...Promise.withResolvers<KeyRecord>() };
    this.#asked.set(name, lookup);
    lookups.add(source, lookup);
    const end = () => {
      if (this.#asked.get(name) === lookup) this.#asked.delete(name);
    };
    lookup.promise.then(end, end);
    return lookup;
  }

  async #look(lookup: Lookup): Promise<void> {
    const { name } = lookup;
    const epoch = this.#epoch;
    const record = await this.#ask(name);
    // Not if it changed meanwhile: the value may be older than the change.
    if (this.#asked.get(name) === lookup) {
      const [into, from] = record ? [this.#found, this.#unknown] : [this.#unknown, this.#found];
      into.set(name, { record, epoch });
      from.delete(name);
    }
    lookup.resolve(record);
  }

  /** changed records that keys must be looked up again. */
  changed(names: readonly string[]): void {
    if (names.includes(ALL_KEYS)) {
      this.#epoch++;
      this.#asked.clear();
      return;
    }
    for (const name of names) {
      const entry = this.#found.peek(name) ?? this.#unknown.peek(name);
      if (entry) entry.epoch = STALE;
      this.#asked.delete(name);
    }
  }
}

/** Lookups of one sort: so many at once, the others wait in turns. */
class Lookups {
  readonly #atOnceMax: number;
  readonly #look: (lookup: Lookup) => Promise<void>;
  readonly #waiting = new FairQueue<Lookup>(WAITING);
  #atOnce = 0;

  constructor(atOnceMax: number, look: (lookup: Lookup) => Promise<void>) {
    this.#atOnceMax = atOnceMax;
    this.#look = look;
  }

  add(source: string, lookup: Lookup): void {
    for (const dropped of this.#waiting.add(source, lookup, lookup.name.length))
      dropped.reject(new Error("too many keys are being looked up"));
    this.#startMore();
  }

  #startMore(): void {
    while (this.#atOnce < this.#atOnceMax) {
      const lookup = this.#waiting.next();
      if (!lookup) return;
      this.#atOnce++;
      this.#look(lookup)
        .catch((error: unknown) => lookup.reject(error))
        .finally(() => {
          this.#atOnce--;
          this.#startMore();
        });
    }
  }
}

function recordOf({ record }: ResolveResponse): KeyRecord {
  if (record.case === "apiKey") {
    const { id, enabled, usagePlanIds, customerId } = record.value;
    const quotaGrants = Object.fromEntries(
      record.value.quotaGrants.map(({ usagePlanId, period, remaining, grantTimeUnixMs }) => [
        usagePlanId,
        { period, remaining: Number(remaining), grantTimeUnixMs: Number(grantTimeUnixMs) },
      ]),
    );
    return { kind: "apiKey", apiKey: { id, enabled, usagePlanIds, quotaGrants, customerId } };
  }
  if (record.case !== "accessKey") return null;
  const { policiesJson, sessionPoliciesJson, expireTimeUnixMs, $typeName: _type, ...own } = record.value;
  const parsed = (documents: readonly string[]) => documents.map((json) => JSON.parse(json) as unknown);
  return {
    kind: "accessKey",
    accessKey: {
      ...own,
      policies: parsed(policiesJson),
      sessionPolicies: parsed(sessionPoliciesJson),
      expireTimeUnixMs: Number(expireTimeUnixMs),
    },
  };
}

/**
 * askControlPlane looks keys up at the control plane that the node is connected to, or at another one if it cannot be reached. `version` is
 * the version of the node's config.
 */
export function askControlPlane(options: {
  readonly addresses: readonly string[];
  /** The control plane that the node is connected to. */
  readonly current: () => string;
  readonly token: (() => string) | undefined;
  readonly tls: TlsFiles | undefined;
  readonly version: () => number;
}): KeyResolverOptions & Disposable {
  const { addresses, current, version, token, tls } = options;
  const clients = new Map(
    addresses.map((address) => [address, createClient(DiscoveryService, { address, token, tls })] as const),
  );
  return {
    ask: async (name) => {
      const deadline = new Date(Date.now() + TIMEOUT_MS);
      const request = { name, minRevision: BigInt(version()) };
      const order = [current(), ...addresses.filter((address) => address !== current())];
      for (const [i, address] of order.entries()) {
        try {
          return recordOf(await (clients.get(address) as Client).resolve(request, { deadline }));
        } catch (error) {
          const isAway = (error as { code?: number }).code === RpcCode.UNAVAILABLE;
          if (!isAway || i === order.length - 1) throw error;
        }
      }
      throw new Error("there is no control plane");
    },
    [Symbol.dispose]: () => {
      for (const client of clients.values()) client.close();
    },
  };
}
