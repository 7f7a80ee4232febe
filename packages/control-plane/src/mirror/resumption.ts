import { nameOf, numerousKinds } from "@tollgate/config";
import { Refusal } from "../refusal.ts";
import { keyOfEvent, type Store, type StoreEvent } from "../store/store.ts";
import { AccountState } from "./account-state.ts";
import { headKey, MirrorContent } from "./mirror-content.ts";
import { type PackedSnapshot, Unusable } from "./packed-snapshot.ts";

/** Where an account's entities of numerous kinds are in the store. */
const prefixesOf = (accountId: string): readonly string[] =>
  numerousKinds.map((kind) => `${accountId}/${nameOf({ kind, apiId: "", id: "" })}`);

/** A store that was restored may have the name of the one before and, by now, higher revisions: then its past is another one. */
async function checkPast(
  store: Pick<Store, "valueAt">,
  { accounts, revision }: PackedSnapshot,
): Promise<void> {
  for (const [accountId, { head }] of accounts) {
    const value = await store.valueAt(headKey(accountId), revision).catch((error: unknown) => {
      if (error instanceof Refusal && error.reason === "expired")
        throw new Unusable("the history of the store does not reach back to it");
      throw error;
    });
    if ((value ?? "") !== head)
      throw new Unusable("the store was restored from a backup, and has another past");
  }
}

/**
 * Resumption makes the content of a mirror of a snapshot and of what the store has besides: everything that the snapshot cannot have is listed, and what
 * has changed of the rest since the snapshot is taken from the store's history.
 */
export class Resumption {
  readonly content = new MirrorContent();
  /** Names the store. */
  readonly source: string;
  /** The content is to be that of this revision. */
  readonly revision: number;
  /** Commits after this one are to be taken. */
  readonly afterRevision: number;
  /** What was not listed begins with one of these. */
  readonly leftOut: readonly string[];
  readonly #leftOutCount: number;
  /** The accounts of the snapshot. */
  readonly #resumed: readonly string[];
  /** The revision of the newest commit that the listing has seen. */
  #target = 0;
  #reached: number;

  private constructor(snapshot: PackedSnapshot, leftOut: readonly string[], revision: number, count: number) {
    this.source = snapshot.source;
    this.afterRevision = this.#reached = snapshot.revision;
    this.leftOut = leftOut;
    this.revision = revision;
    this.#leftOutCount = count;
    this.#resumed = [...snapshot.accounts.keys()];
    for (const [accountId, { packed }] of snapshot.accounts)
      this.content.accounts.set(accountId, new AccountState(accountId, packed));
  }

  /** begin lists what the snapshot cannot have. Throws Unusable if it is not of this store. */
  static async begin(store: Pick<Store, "read" | "valueAt">, snapshot: PackedSnapshot): Promise<Resumption> {
    const leftOut = [...snapshot.accounts.keys()].flatMap(prefixesOf);
    const { source, revision, leftOutCount = 0, pages } = await store.read("", leftOut);
    if (source !== snapshot.source) throw new Unusable("it is of another store");
    if (revision < snapshot.newest) throw new Unusable("the store is older: it was restored from a backup");
    await checkPast(store, snapshot);
    const resumption = new Resumption(snapshot, leftOut, revision, leftOutCount);
    const { content } = resumption;
    for await (const page of pages) for (const entry of page) content.load(entry);
    // Every commit writes the head of its account.
    resumption.#target = Math.max(0, ...[...content.accounts.values()].map((state) => state.revision));
    return resumption;
  }

  isLeftOut(event: StoreEvent): boolean {
    const key = keyOfEvent(event);
    return this.leftOut.some((prefix) => key.startsWith(prefix));
  }

  /** Whether all commits until the listing were taken. */
  get isComplete(): boolean {
    return this.#reached >= this.#target;
  }

  /** take takes a commit of the store's history. The listing has what it wrote elsewhere, or what came after it. */
  take(revision: number, events: readonly StoreEvent[]): void {
    this.#reached = revision;
    if (revision > this.revision) return;
    for (const event of events.filter((one) => this.isLeftOut(one)))
      if (event.type === "put") this.content.put(event.entry);
      else this.content.delete(event.key);
  }

  /** check throws Unusable if the content cannot be that of the store. */
  check(): void {
    const count = this.#resumed.reduce((sum, accountId) => sum + this.#packedSize(accountId), 0);
    if (count !== this.#leftOutCount)
      throw new Unusable(`it leads to ${count} entries where the store has ${this.#leftOutCount}`);
  }

  #packedSize(accountId: string): number {
    return this.content.accounts.get(accountId)?.entities.packed.size ?? 0;
  }
}
