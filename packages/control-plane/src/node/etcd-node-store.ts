import { setTimeout as delay } from "node:timers/promises";
import type { Etcd3, Lease } from "etcd3";
import type * as RPC from "etcd3/lib/rpc.js";
import type { Logger } from "@tollgate/telemetry";
import { connectEtcd } from "../store/etcd-client.ts";
import { equalRevision, prefixRange } from "../store/etcd-keys.ts";
import type { EtcdSettings } from "../store/etcd-settings.ts";
import { EtcdReleases } from "./etcd-releases.ts";
import type { Claimed, NodeClaim, NodeStore, NodesState, PlaneReport, RolloutRecord } from "./node-store.ts";

/** A control plane that has ended is noticed after this time at the latest. Longer than any pause of a busy process. */
const LEASE_SECONDS = 4;
/** Reading everything again from time to time makes up for any event that was missed. */
const READ_AGAIN_MS = 30_000;
const RETRY_MS = 500;

function parse<T extends object>({ value }: RPC.IKeyValue): T {
  const parsed: unknown = JSON.parse(value.toString());
  if (typeof parsed !== "object" || parsed === null) throw new TypeError("it is not an object");
  return parsed as T;
}

const toClaimed = (kv: RPC.IKeyValue): Claimed => ({
  claim: parse<NodeClaim>(kv),
  modRevision: Number(kv.mod_revision),
});

type Connect = (
  settings: EtcdSettings,
) => Pick<ReturnType<typeof connectEtcd>, "client" | "keys" | "onRenewed">;

class EtcdNodeStore implements NodeStore {
  readonly #logger: Logger;
  readonly #unreadable = new Set<string>();
  readonly #client: Etcd3;
  readonly #root: string;
  readonly #claimsRoot: string;
  readonly #reportsRoot: string;
  readonly #rolloutKey: string;
  readonly #releases: EtcdReleases;
  readonly #listeners = new Set<() => void>();
  readonly #stopped = new AbortController();
  readonly #following: Promise<void>;
  #claims = new Map<string, Claimed>();
  #reports = new Map<string, PlaneReport>();
  #rollout: NodesState["rollout"];
  #lease: Lease | undefined;
  #reported: PlaneReport | undefined;
  #reporting: Promise<void> | undefined;

  constructor(settings: EtcdSettings, logger: Logger, connect: Connect) {
    this.#logger = logger;
    const { client, keys, onRenewed } = connect(settings);
    this.#client = client;
    this.#root = keys.nodesRoot;
    this.#claimsRoot = `${this.#root}claims/`;
    this.#reportsRoot = `${this.#root}control-planes/`;
    this.#rolloutKey = `${this.#root}rollout`;
    this.#releases = new EtcdReleases(client, keys.releasesRoot);
    onRenewed(() => this.#leaseAgain());
    this.#following = this.#follow();
  }

  get state(): NodesState {
    return { claims: this.#claims, reports: this.#reports, rollout: this.#rollout };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async get(nodeId: string): Promise<Claimed | undefined> {
    const { kvs } = await this.#client.kv.range({ key: Buffer.from(this.#claimsRoot + nodeId) });
    return kvs[0] && toClaimed(kvs[0]);
  }

  async write(
    nodeId: string,
    claim: NodeClaim | undefined,
    modRevision: number,
  ): Promise<number | undefined> {
    const key = Buffer.from(this.#claimsRoot + nodeId);
    const { succeeded, header } = await this.#client.kv.txn({
      compare: [equalRevision(this.#claimsRoot + nodeId, modRevision)],
      success: [
        claim
          ? { request_put: { key, value: Buffer.from(JSON.stringify(claim)) } }
          : { request_delete_range: { key } },
      ],
      failure: [],
    });
    return succeeded ? Number(header.revision) : undefined;
  }

  async writeRollout(record: RolloutRecord, modRevision: number): Promise<boolean> {
    const { succeeded } = await this.#client.kv.txn({
      compare: [equalRevision(this.#rolloutKey, modRevision)],
      success: [
        { request_put: { key: Buffer.from(this.#rolloutKey), value: Buffer.from(JSON.stringify(record)) } },
      ],
      failure: [],
    });
    return succeeded;
  }

  async removeRollout(): Promise<void> {
    await this.#client.kv.deleteRange({ key: Buffer.from(this.#rolloutKey) });
  }

  writeRelease(id: string, bytes: Buffer): Promise<void> {
    return this.#releases.write(id, bytes);
  }

  readRelease(id: string): Promise<Buffer | undefined> {
    return this.#releases.read(id);
  }

  dropReleases(isNeeded: (id: string) => boolean): Promise<void> {
    return this.#releases.drop(isNeeded);
  }

  /** One report is written at a time: of two, etcd may keep the older one. What is reported meanwhile is the next one. */
  report(report: PlaneReport): Promise<void> {
    this.#reported = report;
    this.#reporting ??= this.#writeReports().finally(() => {
      this.#reporting = undefined;
    });
    return this.#reporting;
  }

  async #writeReports(): Promise<void> {
    for (let written: PlaneReport | undefined; this.#reported !== written; ) {
      const report: PlaneReport | undefined = this.#reported;
      if (!report) return;
      this.#lease ??= this.#newLease();
      await this.#lease.put(this.#reportsRoot + report.plane).value(JSON.stringify(report));
      written = report;
    }
  }

  /** A lease that etcd has forgotten, while it or this process was away, is replaced together with the report. */
  #newLease(): Lease {
    const lease = this.#client.lease(LEASE_SECONDS);
    lease.on("lost", () => {
      if (this.#lease !== lease) return;
      this.#lease = undefined;
      void this.#reportAgain();
    });
    return lease;
  }

  /** The report gets a lease of another client before that of the old one ends. */
  #leaseAgain(): void {
    const old = this.#lease;
    this.#lease = undefined;
    void this.#reportAgain().then(() => old?.release());
  }

  async #reportAgain(): Promise<void> {
    while (!this.#stopped.signal.aborted && this.#reported && !this.#lease) {
      await this.report(this.#reported).catch(() => {
        this.#lease = undefined;
        return delay(RETRY_MS);
      });
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#watch(await this.#readAll());
      } catch {
        await delay(RETRY_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Returns the revision after the one that was read. */
  async #readAll(): Promise<number> {
    const { kvs, header } = await this.#client.kv.range(prefixRange(this.#root));
    this.#claims = new Map();
    this.#reports = new Map();
    this.#rollout = undefined;
    for (const kv of kvs) this.#put(kv);
    this.#changed();
    return Number(header.revision) + 1;
  }

  /** Follows the changes until the stream fails, or until it is time to read everything again. */
  async #watch(fromRevision: number): Promise<void> {
    const stream = await this.#client.watchClient.watch();
    const { promise, resolve } = Promise.withResolvers<void>();
    const again = setTimeout(resolve, READ_AGAIN_MS);
    const stop = () => resolve();
    this.#stopped.signal.addEventListener("abort", stop);
    stream.on("data", (reply: RPC.IWatchResponse) => {
      if (reply.canceled) return resolve();
      for (const event of reply.events)
        if (String(event.type) === "Put") this.#put(event.kv);
        else this.#delete(event.kv.key.toString());
      if (reply.events.length > 0) this.#changed();
    });
    stream.on("error", stop);
    stream.on("end", stop);
    stream.write({ create_request: { ...prefixRange(this.#root), start_revision: String(fromRevision) } });
    if (!this.#stopped.signal.aborted) await promise;
    clearTimeout(again);
    this.#stopped.signal.removeEventListener("abort", stop);
    stream.cancel();
  }

  /** What cannot be read is left out, and reported once: the other nodes must not suffer from it. */
  #put(kv: RPC.IKeyValue): void {
    const key = kv.key.toString();
    try {
      this.#take(key, kv);
    } catch (error) {
      const value = `${key} ${kv.mod_revision}`;
      if (this.#unreadable.has(value)) return;
      this.#unreadable.add(value);
      this.#logger.error({ key, error: String(error) }, "a value of the list of nodes in etcd is left out");
    }
  }

  #take(key: string, kv: RPC.IKeyValue): void {
    if (key.startsWith(this.#claimsRoot)) this.#claims.set(key.slice(this.#claimsRoot.length), toClaimed(kv));
    else if (key.startsWith(this.#reportsRoot))
      this.#reports.set(key.slice(this.#reportsRoot.length), parse<PlaneReport>(kv));
    else if (key === this.#rolloutKey)
      this.#rollout = {
        record: parse<RolloutRecord>(kv),
        modRevision: Number(kv.mod_revision),
      };
  }

  #delete(key: string): void {
    if (key.startsWith(this.#claimsRoot)) this.#claims.delete(key.slice(this.#claimsRoot.length));
    else if (key.startsWith(this.#reportsRoot)) this.#reports.delete(key.slice(this.#reportsRoot.length));
    else if (key === this.#rolloutKey) this.#rollout = undefined;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    this.#stopped.abort();
    const lease = this.#lease;
    this.#lease = this.#reported = undefined;
    // The others need not wait for its end.
    await lease?.revoke().catch(() => undefined);
    await this.#following;
    this.#client.close();
  }
}

/** openEtcdNodeStore keeps the nodes of all control planes in etcd. It connects by itself, and again whenever etcd is back. */
export const openEtcdNodeStore = (
  settings: EtcdSettings,
  logger: Logger,
  connect: Connect = connectEtcd,
): NodeStore => new EtcdNodeStore(settings, logger, connect);
