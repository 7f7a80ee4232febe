import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { ALL_KEYS } from "@tollgate/config-stream";
import {
  type AccessKeyRecord,
  type ApiKeyRecord,
  type Directory,
  type Lookup,
  Unavailable,
} from "@tollgate/pipeline";
import type { KeyRecord } from "./key-record.ts";
import { sourceOf } from "./source.ts";

const KEYS_MAX = 10_000;
const UNKNOWN_MAX = 10_000;
const NAMES_MAX = 10_000;
/** The assumed size of a key in addition to its name: names of sessions are long. */
const KEY_SIZE = 512;
const UNKNOWN_SIZE = 64;
/** Values that are longer are hashed each time. */
const NAMED_MAX_CHARS = 256;
const ACCESS_KEY = /^[A-Z0-9]{16,128}$/;
const SESSION_TOKEN = /^[A-Za-z0-9._-]{1,16384}$/;

/** KeyQuestion asks a node for a key; `source` is who sent it. */
export interface KeyQuestion {
  readonly name: string;
  readonly source: string;
}

/**
 * WorkerDirectory gives a worker access to keys: it caches them, and asks the node for others. Names of no key are cached apart, so that
 * whoever guesses keys takes no place of one.
 */
export class WorkerDirectory implements Directory {
  readonly #ask: (question: KeyQuestion) => Promise<KeyRecord>;
  readonly #records = new LRUCache<string, NonNullable<KeyRecord>>({
    max: KEYS_MAX,
    maxSize: KEYS_MAX * KEY_SIZE,
    sizeCalculation: (_record, name) => KEY_SIZE + name.length,
  });
  readonly #unknown = new LRUCache<string, true>({
    max: UNKNOWN_MAX,
    maxSize: UNKNOWN_MAX * UNKNOWN_SIZE,
    sizeCalculation: (_true, name) => UNKNOWN_SIZE + name.length,
  });
  /** Names of API keys that exist, by account and value: each value is hashed once. */
  readonly #names = new LRUCache<string, string>({ max: NAMES_MAX });
  /** Counts changes: a value from before a change is not cached. */
  #changes = 0;

  constructor(ask: (question: KeyQuestion) => Promise<KeyRecord>) {
    this.#ask = ask;
  }

  accessKey(accessKeyId: string, sessionToken: string | undefined, address: string): Lookup<AccessKeyRecord> {
    const pick = (record: KeyRecord) =>
      record?.kind === "accessKey" && record.accessKey.accessKeyId === accessKeyId
        ? record.accessKey
        : undefined;
    if (!ACCESS_KEY.test(accessKeyId)) return undefined;
    if (sessionToken === undefined) return this.#find(`accesskey/${accessKeyId}`, address, pick);
    return SESSION_TOKEN.test(sessionToken)
      ? this.#find(`session/${sessionToken}`, address, pick)
      : undefined;
  }

  apiKey(accountId: string, value: string, address: string): Lookup<ApiKeyRecord> {
    const text = `${accountId}/${value}`;
    const name =
      this.#names.get(text) ?? `apikey/${accountId}/${createHash("sha256").update(value).digest("hex")}`;
    return this.#find(name, address, (record) => {
      if (record?.kind !== "apiKey") return undefined;
      if (text.length <= NAMED_MAX_CHARS && !this.#names.has(text)) this.#names.set(text, name);
      return record.apiKey;
    });
  }

  #find<T>(name: string, address: string, pick: (record: KeyRecord) => T | undefined): Lookup<T> {
    const known = this.#records.get(name);
    if (known) return pick(known);
    return this.#unknown.get(name) ? undefined : this.#askFor(name, address).then(pick);
  }

  async #askFor(name: string, address: string): Promise<KeyRecord> {
    const changes = this.#changes;
    let record: KeyRecord;
    try {
      record = await this.#ask({ name, source: sourceOf(address) });
    } catch (error) {
      throw new Unavailable(`a key could not be looked up: ${(error as Error).message}`);
    }
    if (changes !== this.#changes) return record;
    if (record) this.#records.set(name, record);
    else this.#unknown.set(name, true);
    return record;
  }

  /** changed removes keys that must be looked up again from the cache. */
  changed(names: readonly string[]): void {
    if (names.length === 0) return;
    this.#changes++;
    if (names.includes(ALL_KEYS)) {
      this.#records.clear();
      this.#unknown.clear();
      return;
    }
    for (const name of names) {
      this.#records.delete(name);
      this.#unknown.delete(name);
    }
  }
}
