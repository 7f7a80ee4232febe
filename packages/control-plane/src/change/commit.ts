import { type Entity, nameOf } from "@tollgate/config";
import { noteWrite } from "../audit/audit-log.ts";
import type { EntityDigest } from "../audit/audit-record.ts";
import { type AccountState, entityKey, headKey, type Mirror } from "../mirror/mirror.ts";
import { draftEntity, encodeEntity, type StoredEntity } from "../mirror/stored-entity.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import { chunkWrites } from "./chunk-writes.ts";
import type { ExpandedChange } from "./expanded-change.ts";
import type { ChangeRequest } from "./wanted-change.ts";

const ATTEMPTS_MAX = 20;
/** How long a call waits until this control plane has read its change, or the one that came before it. */
const MIRRORED_MAX_MS = 10_000;

export interface Transaction extends Pick<ChangeRequest, "accountId" | "expectedRevision" | "dryRun"> {
  readonly decide: (state: AccountState) => Promise<ExpandedChange>;
}

export interface Committed {
  readonly revision: number;
  readonly change: ExpandedChange;
}

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

/**
 * Writer runs transactions on accounts. A change is computed from the mirror and committed only if the account's head has not changed since;
 * otherwise it is computed again. So checked references are still valid when they are stored, with any number of control planes. Within
 * one process, transactions of an account are queued, so that they do not conflict.
 */
export class Writer {
  readonly #store: Store;
  readonly #mirror: Mirror;
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(store: Store, mirror: Mirror) {
    this.#store = store;
    this.#mirror = mirror;
  }

  run(transaction: Transaction): Promise<Committed> {
    const before = this.#queues.get(transaction.accountId) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(() => this.#attempt(transaction));
    this.#queues.set(transaction.accountId, mine);
    return mine;
  }

  async #attempt({
    accountId,
    expectedRevision = 0,
    dryRun = false,
    decide,
  }: Transaction): Promise<Committed> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const state = this.#mirror.account(accountId);
      const headRevision = state.revision;
      if (expectedRevision !== 0 && expectedRevision !== headRevision)
        throw new Refusal(
          "conflict",
          `the account is at revision ${headRevision}, not ${expectedRevision}: read it again and retry`,
        );
      const change = await decide(state);
      if (dryRun || change.puts.length + change.deletes.length === 0)
        return { revision: headRevision, change };
      const revision = await this.#commit(accountId, state, change);
      if (revision !== undefined) return { revision, change };
    }
    throw new Refusal("conflict", "too many concurrent writes to this account; try again");
  }

  /** The revision of the commit. undefined: another transaction was committed first. */
  async #commit(accountId: string, state: AccountState, change: ExpandedChange): Promise<number | undefined> {
    const { puts, deletes } = change;
    // The commit changes the mirrored state.
    const before = new Map(
      puts.map((entity) => [nameOf(entity), state.entities.get(nameOf(entity))?.digest]),
    );
    const nowUnixMs = Date.now();
    const chunks = chunkWrites(state, change);
    const { committed, revision } = await this.#store.commit({
      guards: [{ key: headKey(accountId), modRevision: state.revision }],
      deletes: [
        ...deletes.map((stored) => entityKey(accountId, stored.entity)),
        ...chunks.deletes.map((key) => `${accountId}/${key}`),
      ],
      puts: [
        ...chunks.puts.map(({ key, value }) => ({ key: `${accountId}/${key}`, value })),
        ...puts.map((entity) => ({
          key: entityKey(accountId, entity),
          value: encodeEntity(entity, {
            createdUnixMs: state.entities.get(nameOf(entity))?.createdUnixMs ?? nowUnixMs,
            updatedUnixMs: nowUnixMs,
          }),
        })),
        // It must be the last put, which gets the revision of the whole commit.
        { key: headKey(accountId), value: String(nowUnixMs) },
      ],
    });
    const isMirrored = await this.#mirror.reached(revision, MIRRORED_MAX_MS);
    if (!committed) {
      if (isMirrored) return undefined;
      throw new Refusal(
        "unavailable",
        "another change was stored that this control plane cannot read yet: nothing was changed; try again later",
      );
    }
    // If the store is away again before this control plane has read the change, it is stored all the same.
    noteWrite(revision, digestsOf(before, puts, deletes));
    return revision;
  }
}
