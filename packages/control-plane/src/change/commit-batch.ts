import { type Entity, isApi, nameOf } from "@tollgate/config";
import type { EntityDigest } from "../audit/audit-record.ts";
import { type AccountState, entityKey, headKey } from "../mirror/mirror.ts";
import { draftEntity, encodeEntity, type StoredEntity } from "../mirror/stored-entity.ts";
import type { Commit } from "../store/store.ts";
import { chunkWrites } from "./chunk-writes.ts";
import type { ExpandedChange } from "./expanded-change.ts";

/** Several changes are one commit only up to this: less than a transaction of any store may have. */
const OPS_MAX = 100;
const BYTES_MAX = 512 * 1024;

type Put = Commit["puts"][number];

const bytesOf = (puts: readonly Put[]): number =>
  puts.reduce((bytes, { key, value }) => bytes + key.length + value.length, 0);

/** The changes of a commit, for the record of its call. */
const digestsOf = (
  before: ReadonlyMap<string, string | undefined>,
  puts: readonly Entity[],
  deletes: readonly StoredEntity[],
): EntityDigest[] => [
  ...puts.map((entity) => {
    const name = nameOf(entity);
    return {
      entity: name,
      beforeDigest: before.get(name),
      afterDigest: draftEntity(entity).digest,
    };
  }),
  ...deletes.map(({ name, digest }) => ({ entity: name, beforeDigest: digest, afterDigest: undefined })),
];

/** The API of which an entity that is written is a part, or that it is; undefined: the account has more or fewer APIs then, or it is a part of none. */
function apiOfPut(state: AccountState, entity: Entity): string | undefined {
  if (entity.apiId !== "") return entity.apiId;
  return isApi(entity.kind) && state.entities.has(nameOf(entity)) ? entity.id : undefined;
}

/**
 * apisOf returns the APIs of which a change writes parts; undefined: it writes something else, too. A change that writes parts of some APIs
 * depends on nothing that a change of parts of other APIs writes.
 */
function apisOf(state: AccountState, { puts, deletes }: ExpandedChange): ReadonlySet<string> | undefined {
  const apis = new Set<string>();
  for (const apiId of [
    ...puts.map((entity) => apiOfPut(state, entity)),
    ...deletes.map(({ entity }) => entity.apiId || undefined),
  ])
    if (apiId === undefined) return undefined;
    else apis.add(apiId);
  return apis;
}

/**
 * ownApisOf returns the APIs that a change consists of: their parts, and APIs that it creates; undefined: it writes something else, too. It depends on
 * nothing that changes of parts of other APIs write.
 */
export function ownApisOf({ puts, deletes }: ExpandedChange): ReadonlySet<string> | undefined {
  const apis = new Set<string>();
  for (const apiId of [
    ...puts.map((entity) => entity.apiId || (isApi(entity.kind) ? entity.id : "")),
    ...deletes.map(({ entity }) => entity.apiId),
  ])
    if (apiId === "") return undefined;
    else apis.add(apiId);
  return apis;
}

/**
 * CommitBatch is what one commit writes to an account: changes that were computed from the same state, each of which would be the same after the
 * others.
 */
export class CommitBatch {
  readonly #accountId: string;
  readonly #state: AccountState;
  readonly #revision: number;
  readonly #nowUnixMs: number;
  /** APIs of which parts are written; undefined: something else is written, too. */
  #apis: ReadonlySet<string> | undefined;
  #puts: readonly Put[] = [];
  #deletes: readonly string[] = [];

  constructor(accountId: string, state: AccountState, nowUnixMs = Date.now()) {
    this.#accountId = accountId;
    this.#state = state;
    // The state changes with every commit that is read, also while changes are computed from it.
    this.#revision = state.revision;
    this.#nowUnixMs = nowUnixMs;
  }

  /** The revision of the account that it follows. */
  get baseRevision(): number {
    return this.#revision;
  }

  /** The APIs of which it writes parts, and nothing else; undefined: it writes something else, too. */
  get apis(): ReadonlySet<string> | undefined {
    return this.#apis;
  }

  get #isEmpty(): boolean {
    return this.#puts.length + this.#deletes.length === 0;
  }

  /** Whether it can take a change, besides those that it has. */
  get hasRoom(): boolean {
    return this.#isEmpty || (this.#apis !== undefined && this.#puts.length + this.#deletes.length < OPS_MAX);
  }

  /** add takes a change, and returns what it changes; undefined: it has to wait until this is committed. */
  add(change: ExpandedChange): readonly EntityDigest[] | undefined {
    const apis = apisOf(this.#state, change);
    const written = this.#writesOf(change);
    const puts = [...this.#puts, ...written.puts];
    const deletes = [...this.#deletes, ...written.deletes];
    if (!this.#isEmpty) {
      const isOfOthers = apis && this.#apis && ![...apis].some((apiId) => this.#apis?.has(apiId));
      if (!isOfOthers || puts.length + deletes.length > OPS_MAX || bytesOf(puts) > BYTES_MAX)
        return undefined;
    }
    this.#apis = apis && new Set([...(this.#apis ?? []), ...apis]);
    this.#puts = puts;
    this.#deletes = deletes;
    const before = new Map(
      change.puts.map((entity) => [nameOf(entity), this.#storedOf(entity)?.digest] as const),
    );
    return digestsOf(before, change.puts, change.deletes);
  }

  #writesOf(change: ExpandedChange): { readonly puts: readonly Put[]; readonly deletes: readonly string[] } {
    const chunks = chunkWrites(this.#state, change);
    return {
      puts: [
        ...chunks.puts.map(({ key, value }) => ({ key: `${this.#accountId}/${key}`, value })),
        ...change.puts.map((entity) => ({
          key: entityKey(this.#accountId, entity),
          value: this.#valueOf(entity),
        })),
      ],
      deletes: [
        ...change.deletes.map(({ entity }) => entityKey(this.#accountId, entity)),
        ...chunks.deletes.map((key) => `${this.#accountId}/${key}`),
      ],
    };
  }

  #storedOf(entity: Entity): StoredEntity | undefined {
    return this.#state.entities.get(nameOf(entity));
  }

  #valueOf(entity: Entity): string {
    const updatedUnixMs = this.#nowUnixMs;
    const createdUnixMs = this.#storedOf(entity)?.createdUnixMs ?? updatedUnixMs;
    return encodeEntity(entity, { createdUnixMs, updatedUnixMs });
  }

  /** What is written if nothing else was written to the account since the state was read. */
  get commit(): Commit {
    const head = headKey(this.#accountId);
    return {
      guards: [{ key: head, modRevision: this.#revision }],
      deletes: this.#deletes,
      // The head must be the last put, which gets the revision of the whole commit.
      puts: [...this.#puts, { key: head, value: String(this.#nowUnixMs) }],
    };
  }
}
