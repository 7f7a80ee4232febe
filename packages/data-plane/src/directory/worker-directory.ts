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

const KEYS_MAX = 10_000;
const NAMES_MAX = 10_000;
/** The assumed size of a key in addition to its name: names of sessions are long. */
const KEY_SIZE = 512;
const ACCESS_KEY = /^[A-Z0-9]{16,128}$/;
const SESSION_TOKEN = /^[A-Za-z0-9._-]{1,16384}$/;

/** WorkerDirectory gives a worker access to keys: it caches them, and asks the node for others. */
export class WorkerDirectory implements Directory {
  readonly #ask: (name: string) => Promise<KeyRecord>;
  readonly #records = new LRUCache<string, { readonly record: KeyRecord }>({
    max: KEYS_MAX,
    maxSize: KEYS_MAX * KEY_SIZE,
    sizeCalculation: (_entry, name) => KEY_SIZE + name.length,
  });
  /** Names by account and value: each value is hashed once. */
  readonly #names = new LRUCache<string, string>({ max: NAMES_MAX });
  /** Counts changes: a value from before a change is not cached. */
  #changes = 0;

  constructor(ask: (name: string) => Promise<KeyRecord>) {
    this.#ask = ask;
  }

  accessKey(accessKeyId: string, sessionToken?: string): Lookup<AccessKeyRecord> {
    const pick = (record: KeyRecord) =>
      record?.kind === "accessKey" && record.accessKey.accessKeyId === accessKeyId
        ? record.accessKey
        : undefined;
    if (!ACCESS_KEY.test(accessKeyId)) return undefined;
    if (sessionToken === undefined) return this.#find(`accesskey/${accessKeyId}`, pick);
    return SESSION_TOKEN.test(sessionToken) ? this.#find(`session/${sessionToken}`, pick) : undefined;
  }

  apiKey(accountId: string, value: string): Lookup<ApiKeyRecord> {
    return this.#find(this.#nameOf(accountId, value), (record) =>
      record?.kind === "apiKey" ? record.apiKey : undefined,
    );
  }

  #nameOf(accountId: string, value: string): string {
    const text = `${accountId}/${value}`;
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = `apikey/${accountId}/${createHash("sha256").update(value).digest("hex")}`;
    if (text.length <= 256) this.#names.set(text, name);
    return name;
  }

  #find<T>(name: string, pick: (record: KeyRecord) => T | undefined): Lookup<T> {
    const known = this.#records.get(name);
    return known ? pick(known.record) : this.#askFor(name).then(pick);
  }

  async #askFor(name: string): Promise<KeyRecord> {
    const changes = this.#changes;
    let record: KeyRecord;
    try {
      record = await this.#ask(name);
    } catch (error) {
      throw new Unavailable(`a key could not be looked up: ${(error as Error).message}`);
    }
    if (changes === this.#changes) this.#records.set(name, { record });
    return record;
  }

  /** changed removes keys that must be looked up again from the cache. */
  changed(names: readonly string[]): void {
    if (names.length === 0) return;
    this.#changes++;
    if (names.includes(ALL_KEYS)) this.#records.clear();
    else for (const name of names) this.#records.delete(name);
  }
}
