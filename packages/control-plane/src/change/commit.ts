import { nameOf, type Entity } from "@tollgate/config";
import { noteWrite } from "../audit/audit-log.ts";
import type { EntityDigest } from "../audit/audit-record.ts";
import { entityKey, headKey, type AccountState, type Mirror } from "../mirror/mirror.ts";
import { draftEntity, encodeEntity, type StoredEntity } from "../mirror/stored-entity.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import { chunkWrites } from "./chunk-writes.ts";
import type { ExpandedChange } from "./expanded-change.ts";
import type { ChangeRequest } from "./wanted-change.ts";

const ATTEMPTS_MAX = 20;

export interface Transaction extends Pick<ChangeRequest, "accountId" | "expectedRevision" | "dryRun"> {
  readonly decide: (state: AccountState) => Promise<ExpandedChange>;
}

export interface Committed {
  readonly revision: number;
  readonly change: ExpandedChange;
}

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
      afterDigest: draftEntity(entity).digest,
    };
  }),
  ...deletes.map(({ name, digest }) => ({ entity: name, beforeDigest: digest, afterDigest: undefined })),
];

/**
 * Writer carries out transactions on accounts. A change is decided on the mirror and committed only if the account's head is still the one
 * that the mirror showed; otherwise it is decided again. So references that were checked still hold when they are stored, over any number
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
          `the account is at revision ${headRevision}, not ${expectedRevision}: read it again and decide again`,
        );
      const change = await decide(state);
      if (dryRun || change.puts.length + change.deletes.length === 0)
        return { revision: headRevision, change };
      const revision = await this.#commit(accountId, state, change);
      if (revision !== undefined) return { revision, change };
    }
    throw new Refusal("conflict", "too many others write to this account; try again");
  }

  /** The revision of the commit; undefined: somebody else wrote first. */
  async #commit(accountId: string, state: AccountState, change: ExpandedChange): Promise<number | undefined> {
    const { puts, deletes } = change;
    // The state that is mirrored changes with the commit.
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
        // Last: it gets the revision of the whole commit.
        { key: headKey(accountId), value: String(nowUnixMs) },
      ],
    });
    await this.#mirror.reached(revision);
    if (!committed) return undefined;
    noteWrite(revision, digestsOf(before, puts, deletes));
    return revision;
  }
}
