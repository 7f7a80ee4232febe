import { LRUCache } from "lru-cache";
import { ALL_KEYS } from "@tollgate/config-stream";
import { DiscoveryService, type ResolveResponse } from "@tollgate/proto/discovery";
import { createClient } from "@tollgate/proto/grpc";
import type { TlsFiles } from "@tollgate/telemetry";
import type { KeyRecord } from "./key-record.ts";

const KEYS_MAX = 100_000;
/** The assumed size of a key in addition to its name: names of sessions are long. */
const KEY_SIZE = 512;
const TIMEOUT_MS = 2_000;
/** Most lookups at once: callers who guess keys must not overload the control plane. */
const ASKED_AT_ONCE_MAX = 256;

interface Entry {
  readonly record: KeyRecord;
  /** It may have changed since: it is used only while the control plane is unreachable. */
  stale: boolean;
}

export interface KeyResolverOptions {
  /** Looks a key up at the control plane. */
  readonly ask: (name: string) => Promise<KeyRecord>;
}

/** KeyResolver looks up keys for all workers of a node, and caches them until the config stream reports a change. */
export class KeyResolver {
  readonly #ask: KeyResolverOptions["ask"];
  readonly #entries = new LRUCache<string, Entry>({
    max: KEYS_MAX,
    maxSize: KEYS_MAX * KEY_SIZE,
    sizeCalculation: (_entry, name) => KEY_SIZE + name.length,
  });
  readonly #asked = new Map<string, Promise<KeyRecord>>();

  constructor({ ask }: KeyResolverOptions) {
    this.#ask = ask;
  }

  /** resolve rejects if the control plane is unreachable and the key is not cached. */
  async resolve(name: string): Promise<KeyRecord> {
    const entry = this.#entries.get(name);
    if (entry && !entry.stale) return entry.record;
    try {
      return await (this.#asked.get(name) ?? this.#start(name));
    } catch (error) {
      if (entry) return entry.record;
      throw error;
    }
  }

  #start(name: string): Promise<KeyRecord> {
    if (this.#asked.size >= ASKED_AT_ONCE_MAX) throw new Error("too many keys are being looked up");
    const asked = this.#ask(name).then((record) => {
      // Not if it changed meanwhile: the value may be older than the change.
      if (this.#asked.get(name) === asked) this.#entries.set(name, { record, stale: false });
      return record;
    });
    this.#asked.set(name, asked);
    const end = () => {
      if (this.#asked.get(name) === asked) this.#asked.delete(name);
    };
    asked.then(end, end);
    return asked;
  }

  /** changed records that keys must be looked up again. */
  changed(names: readonly string[]): void {
    for (const name of names.includes(ALL_KEYS) ? this.#entries.keys() : names) {
      const entry = this.#entries.peek(name);
      if (entry) entry.stale = true;
    }
    if (names.includes(ALL_KEYS)) this.#asked.clear();
    else for (const name of names) this.#asked.delete(name);
  }
}

function recordOf({ record }: ResolveResponse): KeyRecord {
  if (record.case === "apiKey") {
    const { id, enabled, usagePlanIds } = record.value;
    const quotaGrants = Object.fromEntries(
      record.value.quotaGrants.map(({ usagePlanId, period, remaining, grantTimeUnixMs }) => [
        usagePlanId,
        { period, remaining: Number(remaining), grantTimeUnixMs: Number(grantTimeUnixMs) },
      ]),
    );
    return { kind: "apiKey", apiKey: { id, enabled, usagePlanIds, quotaGrants } };
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

/** askControlPlane looks keys up at a control plane. `version` is the version of the node's config. */
export function askControlPlane(options: {
  readonly address: string;
  readonly token: string | undefined;
  readonly tls: TlsFiles | undefined;
  readonly version: () => number;
}): KeyResolverOptions & Disposable {
  const { version, ...server } = options;
  const client = createClient(DiscoveryService, server);
  return {
    ask: async (name) =>
      recordOf(
        await client.resolve(
          { name, minRevision: BigInt(version()) },
          { deadline: new Date(Date.now() + TIMEOUT_MS) },
        ),
      ),
    [Symbol.dispose]: () => client.close(),
  };
}
