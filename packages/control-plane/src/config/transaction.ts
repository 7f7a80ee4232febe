import { canonicalJson, digestOf, nameOf, type Entity } from "@tollgate/config";
import {
  entityKey,
  encodeEntity,
  headKey,
  type AccountState,
  type Mirror,
  type StoredEntity,
} from "../mirror/mirror.ts";
import { noteWrite } from "../audit/audit-log.ts";
import type { EntityDigest } from "../audit/audit-record.ts";
import type { Store } from "../store/store.ts";
import { Refusal } from "../refusal.ts";

const ATTEMPTS_MAX = 20;

/** Plan is what a transaction wants to write, decided on one state of the account. */
export interface Plan<T> {
  readonly puts: readonly Entity[];
  readonly deletes: readonly StoredEntity[];
  /** Further keys, relative to the account. */
  readonly otherPuts?: readonly { readonly key: string; readonly value: string }[];
  readonly otherDeletes?: readonly string[];
  /** Do not write, only answer. */
  readonly dryRun?: boolean;
  readonly result: T;
}

export interface Transaction<T> {
  readonly accountId: string;
  /** 0 means any. */
  readonly expectedRevision?: number;
  readonly decide: (state: AccountState) => Plan<T> | Promise<Plan<T>>;
}

export interface Outcome<T> {
  readonly revision: number;
  readonly result: T;
  /** What was stored and removed. */
  readonly written: Pick<Plan<T>, "puts" | "deletes">;
}

const NOTHING = { puts: [], deletes: [] };

/** What a commit did, for the record of the call that made it. */
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
      afterDigest: digestOf(canonicalJson(entity.spec)),
    };
  }),
  ...deletes.map(({ name, digest }) => ({ entity: name, beforeDigest: digest, afterDigest: undefined })),
];

/**
 * Writer carries out transactions on accounts. A plan is decided on the mirror and committed only if the account's head is still the one
 * that the mirror showed; otherwise it is decided anew. So references that were checked still hold when they are stored, over any number
 * of control planes. Within one process transactions of an account queue up instead of racing.
 */
export class Writer {
  readonly #store: Store;
  readonly #mirror: Mirror;
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(store: Store, mirror: Mirror) {
    this.#store = store;
    this.#mirror = mirror;
  }

  run<T>(transaction: Transaction<T>): Promise<Outcome<T>> {
    const before = this.#queues.get(transaction.accountId) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(() => this.#attempt(transaction));
    this.#queues.set(transaction.accountId, mine);
    return mine;
  }

  async #attempt<T>({ accountId, expectedRevision = 0, decide }: Transaction<T>): Promise<Outcome<T>> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const state = this.#mirror.account(accountId);
      const headRevision = state.revision;
      if (expectedRevision !== 0 && expectedRevision !== headRevision)
        throw new Refusal(
          "conflict",
          `the account is at revision ${headRevision}, not ${expectedRevision}: read it again and decide anew`,
        );
      const { puts, deletes, otherPuts = [], otherDeletes = [], dryRun, result } = await decide(state);
      if (dryRun || puts.length + deletes.length + otherPuts.length + otherDeletes.length === 0)
        return { revision: headRevision, result, written: NOTHING };
      // The state that is mirrored changes with the commit.
      const before = new Map(
        puts.map((entity) => [nameOf(entity), state.entities.get(nameOf(entity))?.digest]),
      );
      const nowUnixMs = Date.now();
      const outcome = await this.#store.commit({
        guards: [{ key: headKey(accountId), modRevision: headRevision }],
        deletes: [
          ...deletes.map((stored) => entityKey(accountId, stored.entity)),
          ...otherDeletes.map((key) => `${accountId}/${key}`),
        ],
        puts: [
          ...otherPuts.map(({ key, value }) => ({ key: `${accountId}/${key}`, value })),
          ...puts.map((entity) => ({
            key: entityKey(accountId, entity),
            value: encodeEntity(entity, {
              createdUnixMs: state.entities.get(nameOf(entity))?.createdUnixMs ?? nowUnixMs,
              updatedUnixMs: nowUnixMs,
            }),
          })),
          // Last: it gets the revision of the whole commit.
          { key: headKey(accountId), value: String(nowUnixMs) },
        ],
      });
      await this.#mirror.reached(outcome.revision);
      if (outcome.committed) {
        noteWrite(outcome.revision, digestsOf(before, puts, deletes));
        return { revision: outcome.revision, result, written: { puts, deletes } };
      }
    }
    throw new Refusal("conflict", "too many others write to this account; try again");
  }
}
