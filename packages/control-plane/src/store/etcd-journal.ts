import { setTimeout as delay } from "node:timers/promises";
import type { Etcd3 } from "etcd3";
import type * as RPC from "etcd3/lib/rpc.js";
import { type EtcdKeys, equalRevision, prefixRange, TXN_MAX_BYTES, TXN_MAX_OPS } from "./etcd-keys.ts";
import type { Commit, CommitOutcome, Guard } from "./store.ts";

/** If a journal makes no progress for so long, its process is considered dead. */
const ABANDONED_AFTER_MS = 3_000;

interface Step {
  readonly puts: Commit["puts"];
  readonly deletes: Commit["deletes"];
}

/** cut splits a commit into steps, each of which fits one etcd transaction. */
function cut({ puts, deletes }: Commit): Step[] {
  const steps: { puts: Commit["puts"][number][]; deletes: string[] }[] = [];
  let ops = Number.POSITIVE_INFINITY;
  let bytes = 0;
  const stepFor = (size: number) => {
    if (ops >= TXN_MAX_OPS - 2 || bytes + size > TXN_MAX_BYTES) {
      steps.push({ puts: [], deletes: [] });
      ops = 0;
      bytes = 0;
    }
    ops += 1;
    bytes += size;
    return steps.at(-1) as (typeof steps)[number];
  };
  for (const key of deletes) stepFor(key.length).deletes.push(key);
  for (const put of puts) stepFor(put.key.length + Buffer.byteLength(put.value)).puts.push(put);
  return steps;
}

/** Guards in one transaction. */
const GUARDS_MAX = TXN_MAX_OPS - 2;

const groupsOf = (guards: readonly Guard[]): readonly (readonly Guard[])[] =>
  Array.from({ length: Math.ceil(guards.length / GUARDS_MAX) }, (_, i) =>
    guards.slice(i * GUARDS_MAX, (i + 1) * GUARDS_MAX),
  );

const markerOf = (id: string, steps: readonly Step[]): string => `${id} ${steps.length}`;
/** The marker of a commit whose guards are still being checked: whoever finishes it for its writer has no steps to carry out, and drops it. */
const undecided = (id: string): string => markerOf(id, []);

/**
 * EtcdJournal writes commits that do not fit one etcd transaction. They are atomic for every reader of this package:
 * 1. all steps are written to a journal; 2. one transaction (more, if there are many guards) checks them and puts the marker, which decides the commit;
 * 3. the steps are executed; 4. the marker and the journal are deleted. If the writer dies after 2, any reader finishes the commit.
 */
export class EtcdJournal {
  readonly #client: Pick<Etcd3, "kv">;
  readonly #keys: EtcdKeys;
  /** When each marker was first seen, by its id. */
  readonly #seenMs = new Map<string, number>();

  constructor(client: Pick<Etcd3, "kv">, keys: EtcdKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  async commit(id: string, commit: Commit): Promise<CommitOutcome> {
    const steps = cut(commit);
    for (const [i, step] of steps.entries())
      await this.#client.kv.put({
        key: Buffer.from(`${this.#keys.journalRoot}${id}/${i}`),
        value: Buffer.from(JSON.stringify(step)),
      });
    const [first = [], ...others] = groupsOf(commit.guards);
    const marker = markerOf(id, steps);
    for (;;) {
      const decided = await this.#client.kv.txn({
        compare: [equalRevision(this.#keys.marker, 0), ...first.map((guard) => this.#holds(guard))],
        success: [this.#putMarker(others.length > 0 ? undecided(id) : marker)],
        failure: [{ request_range: { key: Buffer.from(this.#keys.marker) } }],
      });
      if (decided.succeeded) break;
      const other = decided.responses[0]?.response_range?.kvs[0];
      if (!other) {
        await this.#dropJournal(id);
        return { committed: false, revision: Number(decided.header.revision) };
      }
      await this.recoverWhenAbandoned(other);
      await delay(10);
    }
    const refused = await this.#checkOthers(id, others, marker);
    if (refused !== undefined) return { committed: false, revision: refused };
    const revision = await this.#carryOut(id, steps);
    return { committed: true, revision };
  }

  #holds({ key, modRevision }: Guard): RPC.ICompare {
    return equalRevision(this.#keys.root + key, modRevision);
  }

  #putMarker(value: string): RPC.IRequestOp {
    return { request_put: { key: Buffer.from(this.#keys.marker), value: Buffer.from(value) } };
  }

  #isMarker(value: string): RPC.ICompare {
    return {
      key: Buffer.from(this.#keys.marker),
      target: "Value",
      result: "Equal",
      value: Buffer.from(value),
    };
  }

  /**
   * Checks the guards that did not fit the first transaction, and decides the commit with the last of them: nobody else writes while there is
   * a marker. Returns a revision at which one of them does not hold, after which nothing was written.
   */
  async #checkOthers(
    id: string,
    groups: readonly (readonly Guard[])[],
    marker: string,
  ): Promise<number | undefined> {
    for (const [i, guards] of groups.entries()) {
      const isLast = i === groups.length - 1;
      const { succeeded, header } = await this.#client.kv.txn({
        compare: [this.#isMarker(undecided(id)), ...guards.map((guard) => this.#holds(guard))],
        success: isLast ? [this.#putMarker(marker)] : [],
        failure: [],
      });
      if (succeeded) continue;
      await this.#client.kv.txn({
        compare: [this.#isMarker(undecided(id))],
        success: [{ request_delete_range: { key: Buffer.from(this.#keys.marker) } }],
        failure: [],
      });
      await this.#dropJournal(id);
      return Number(header.revision);
    }
    return undefined;
  }

  /** recoverWhenAbandoned finishes the commit of a marker that has existed for too long. */
  async recoverWhenAbandoned(marker: RPC.IKeyValue): Promise<void> {
    const [id = "", count = "0"] = marker.value.toString().split(" ");
    const firstSeenMs = this.#seenMs.get(id);
    if (firstSeenMs === undefined) {
      this.#seenMs.clear();
      this.#seenMs.set(id, performance.now());
      return;
    }
    if (performance.now() - firstSeenMs < ABANDONED_AFTER_MS) return;
    const steps: Step[] = [];
    for (let i = 0; i < Number(count); i++) {
      const reply = await this.#client.kv.range({ key: Buffer.from(`${this.#keys.journalRoot}${id}/${i}`) });
      const kv = reply.kvs[0];
      if (!kv) return; // another process has finished it meanwhile
      steps.push(JSON.parse(kv.value.toString()) as Step);
    }
    await this.#carryOut(id, steps);
  }

  /** Each step requires that the marker is still this commit's, so it is safe if two processes execute the same commit. */
  async #carryOut(id: string, steps: readonly Step[]): Promise<number> {
    const mine = this.#isMarker(markerOf(id, steps));
    const opsOf = ({ puts, deletes }: Step) => [
      ...deletes.map((key) => this.#keys.deleteOp(key)),
      ...puts.map((put) => this.#keys.putOp(put)),
    ];
    for (const step of steps.slice(0, -1))
      await this.#client.kv.txn({ compare: [mine], success: opsOf(step), failure: [] });
    // The last put gets the revision of the whole commit: callers put the key there from which readers take the revision.
    const last = steps.at(-1) ?? { puts: [], deletes: [] };
    const end = await this.#client.kv.txn({
      compare: [mine],
      success: [{ request_delete_range: { key: Buffer.from(this.#keys.marker) } }, ...opsOf(last)],
      failure: [],
    });
    // Without this marker, somebody else has ended the commit, or its writer has decided it meanwhile and needs the journal.
    if (end.succeeded) await this.#dropJournal(id);
    return Number(end.header.revision);
  }

  async #dropJournal(id: string): Promise<void> {
    await this.#client.kv.deleteRange(prefixRange(`${this.#keys.journalRoot}${id}/`));
  }
}
