import { setTimeout as delay } from "node:timers/promises";
import type { Etcd3 } from "etcd3";
import type * as RPC from "etcd3/lib/rpc.js";
import type { EtcdJournal } from "./etcd-journal.ts";
import { type EtcdKeys, prefixRange } from "./etcd-keys.ts";
import { Queue } from "./queue.ts";
import {
  keyOfEvent,
  type Reading,
  type StoreEntry,
  type StoreEvent,
  type WatchItem,
  type WatchOptions,
} from "./store.ts";

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1_000;
const MARKER_CHECK_MS = 1_000;

export interface EtcdWatchOptions extends WatchOptions {
  readonly client: Etcd3;
  readonly keys: EtcdKeys;
  readonly read: (prefix: string) => Promise<Reading>;
  readonly journal: EtcdJournal;
}

type Frame = { reply: RPC.IWatchResponse } | { error: Error };

/** openStream starts one etcd watch at a revision. When the stream ends, its queue ends with an error frame. */
async function openStream(
  client: Etcd3,
  { root }: EtcdKeys,
  fromRevision: number,
): Promise<{ frames: Queue<Frame>; cancel(): void }> {
  const stream = await client.watchClient.watch();
  const frames = new Queue<Frame>();
  stream.on("data", (reply: RPC.IWatchResponse) => frames.push({ reply }));
  stream.on("error", (error: Error) => frames.push({ error }));
  stream.on("end", () => frames.push({ error: new Error("etcd ended the watch stream") }));
  // The whole root is watched, not only the prefix, so that the marker of a large commit arrives in order with its keys.
  stream.write({
    create_request: { ...prefixRange(root), start_revision: String(fromRevision), progress_notify: true },
  });
  return { frames, cancel: () => stream.cancel() };
}

/** Assembler groups etcd's events into commits. It holds back the events of a large commit until the commit is complete. */
class Assembler {
  readonly #keys: EtcdKeys;
  #held: StoreEvent[] | undefined;

  constructor(keys: EtcdKeys) {
    this.#keys = keys;
  }

  get holding(): boolean {
    return this.#held !== undefined;
  }

  /** take returns the events that became visible at this revision. */
  take(events: readonly RPC.IEvent[]): StoreEvent[] {
    const visible: StoreEvent[] = [];
    for (const { type, kv } of events) {
      const isPut = String(type) === "Put";
      if (kv.key.toString() === this.#keys.marker) {
        if (isPut) this.#held = [];
        else {
          visible.push(...(this.#held ?? []));
          this.#held = undefined;
        }
        continue;
      }
      const event: StoreEvent = isPut
        ? { type: "put", entry: this.#keys.toEntry(kv) }
        : {
            type: "delete",
            key: kv.key.toString().slice(this.#keys.root.length),
            modRevision: Number(kv.mod_revision),
          };
      (this.#held ?? visible).push(event);
    }
    return visible;
  }
}

/**
 * watchEtcd yields every commit once and in order, across reconnects, restarts and compaction. It resumes from the last revision that it
 * yielded, not from the revision of a "created" response: the watcher of the etcd3 package does the latter and loses events.
 */
export async function* watchEtcd({
  client,
  keys,
  read,
  journal,
  prefix,
  afterRevision,
  signal,
}: EtcdWatchOptions): AsyncGenerator<WatchItem> {
  let next = afterRevision === undefined ? 0 : afterRevision + 1;
  let backoffMs = BACKOFF_MIN_MS;
  while (!signal.aborted) {
    try {
      if (next === 0) {
        const { pages, ...reading } = await read(prefix);
        let isRead = false;
        const untilEnd = async function* (): AsyncGenerator<readonly StoreEntry[]> {
          yield* pages;
          isRead = true;
        };
        yield { kind: "listing", ...reading, pages: untilEnd() };
        if (!isRead) throw new Error("the listing was not read to its end");
        next = reading.revision + 1;
      }
      for await (const step of followStream({ client, keys, journal, prefix, from: next, signal })) {
        backoffMs = BACKOFF_MIN_MS;
        next = step.next;
        if (step.item) yield step.item;
      }
    } catch {
      if (signal.aborted) return;
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MAX_MS);
      await delay(backoffMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }
}

interface Follow {
  readonly client: Etcd3;
  readonly keys: EtcdKeys;
  readonly journal: EtcdJournal;
  readonly prefix: string;
  readonly from: number;
  readonly signal: AbortSignal;
}

/** followStream reads one etcd stream until it fails. `next` 0 requests a new listing. */
async function* followStream({
  client,
  keys,
  journal,
  prefix,
  from,
  signal,
}: Follow): AsyncGenerator<{ next: number; item?: WatchItem }> {
  const { frames, cancel } = await openStream(client, keys, from);
  const assembler = new Assembler(keys);
  const stop = () => {
    frames.push({ error: new Error("watch stopped") });
  };
  signal.addEventListener("abort", stop);
  // A held commit whose writer died is finished here; its events then arrive on this stream.
  const rescue = setInterval(() => {
    if (!assembler.holding) return;
    void client.kv
      .range({ key: Buffer.from(keys.marker) })
      .then((reply) => (reply.kvs[0] ? journal.recoverWhenAbandoned(reply.kvs[0]) : undefined))
      .catch(() => undefined);
  }, MARKER_CHECK_MS);
  try {
    for await (const frame of frames) {
      if ("error" in frame) throw frame.error;
      const { reply } = frame;
      if (reply.canceled) {
        // Other reasons are refusals, for example of a login that has expired: try again after a while.
        if (reply.compact_revision === "0") throw new Error(reply.cancel_reason);
        yield { next: 0 };
        return;
      }
      if (reply.created) continue;
      if (reply.events.length === 0 && !assembler.holding) yield { next: Number(reply.header.revision) + 1 };
      for (const [revision, group] of Map.groupBy(reply.events, (event) => Number(event.kv.mod_revision))) {
        const events = assembler.take(group).filter((event) => keyOfEvent(event).startsWith(prefix));
        // Do not advance while a commit is held: if the stream breaks, reading must resume before the marker.
        if (assembler.holding) continue;
        yield events.length > 0
          ? { next: revision + 1, item: { kind: "commit", revision, events } }
          : { next: revision + 1 };
      }
    }
  } finally {
    clearInterval(rescue);
    signal.removeEventListener("abort", stop);
    cancel();
  }
}
