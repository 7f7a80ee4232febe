import { setTimeout as delay } from "node:timers/promises";
import type { Artifact, RefusedPart, Update } from "@tollgate/config-stream";
import {
  type ConnectionPage,
  type ListAsk,
  type OrderOutcome,
  tagOfConnection,
} from "@tollgate/pipeline/node";
import type { Logger, MetricReading } from "@tollgate/telemetry";
import type { CacheName } from "../cache/cache-messages.ts";
import type { EdgeAccess } from "../listener/edge-access.ts";
import type { TlsMaterial } from "../listener/tls-material.ts";
import type { Shipper } from "../usage/shipper.ts";
import type { SpoolOrder } from "../usage/source-log.ts";
import type { ListenPorts, OrderAsk, WorkerHttps, WorkerStart } from "../worker/protocol.ts";
import type { Samples } from "../worker/sample-reservoir.ts";
import { mergeSamples, type SampleAsk, type SampledCall } from "../worker/web-acl-samples.ts";
import type { WorkerCondition } from "./condition.ts";
import { listOverNodes, type NodePage, type PageAsk } from "./connection-pages.ts";
import { ListedConnections } from "./listed-connections.ts";
import { OpenConnections, sharing } from "./open-connections.ts";
import { type NodeParts, replyToAsks } from "./reply-to-asks.ts";
import { TICK_MS } from "./worker-beats.ts";
import { type Unasked, WorkerProcess } from "./worker-process.ts";
import { WorkerReadings } from "./worker-readings.ts";

const RESPAWN_MIN_MS = 50;
const RESPAWN_MAX_MS = 5_000;
/** A worker that ran for this long did not fail at its start. */
const HEALTHY_AFTER_MS = 10_000;

export interface WorkerPoolOptions {
  readonly count: number;
  readonly ports: ListenPorts;
  readonly start: Omit<WorkerStart, "worker" | "boot" | "spoolBytes" | "logBytes" | "https" | "edge">;
  /** How HTTPS is served at the moment; undefined: it is not. */
  readonly https: () => WorkerHttps | undefined;
  /** How edge nodes and this one show who they are at the moment; undefined: no edge node reaches it. */
  readonly edge: () => EdgeAccess | undefined;
  readonly shipper: Shipper;
  /** Of log events; undefined: no log is written. */
  readonly logs: Shipper | undefined;
  readonly parts: NodeParts;
  /** Called when a worker has ended that was not asked to. */
  readonly onCrash: (code: number | null, signal: NodeJS.Signals | null) => void;
  readonly logger: Logger;
}

interface Slot {
  readonly worker: number;
  process: WorkerProcess | undefined;
  startedMs: number;
  failures: number;
}

/** WorkerPool keeps one worker per slot running, all with the same config and on the same ports. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #Worker: typeof WorkerProcess;
  readonly #slots: Slot[];
  /** Everything that is live or was offered, so that a new worker gets the same config as the others. */
  readonly #artifacts = new Map<string, Artifact>();
  readonly #connections = new OpenConnections();
  readonly #listed = new ListedConnections(Date.now());
  readonly #readings = new WorkerReadings();
  #ports: ListenPorts;
  #listening = false;
  #leaving = false;
  #draining = false;
  #restarts = 0;
  #ticking: NodeJS.Timeout | undefined;

  constructor(options: WorkerPoolOptions, Worker = WorkerProcess) {
    this.#options = options;
    this.#Worker = Worker;
    this.#ports = options.ports;
    this.#slots = Array.from({ length: options.count }, (_, worker) => ({
      worker,
      process: undefined,
      startedMs: 0,
      failures: 0,
    }));
  }

  /** Revision of the config that was applied last. */
  #version = 0;
  /** The last update, once all workers have made it live. */
  #applied: Promise<unknown> = Promise.resolve();

  get status(): { readonly alive: number; readonly restarts: number; readonly pids: readonly number[] } {
    const alive = this.#slots.flatMap((slot) => (slot.process ? [slot.process] : []));
    return {
      alive: alive.length,
      restarts: this.#restarts,
      pids: alive.flatMap(({ child }) => child.pid ?? []),
    };
  }

  /** conditions are what is known of the workers that run. */
  get conditions(): readonly WorkerCondition[] {
    return this.#slots.flatMap(({ worker, process }) => {
      if (!process) return [];
      const { isListening, beats } = process;
      const { isStalled, silentMs, outage, isShedding } = beats;
      return [{ worker, isListening, isStalled, silentMs, outage, isShedding }];
    });
  }

  start(): void {
    for (const slot of this.#slots) this.#spawn(slot);
    this.#ticking = setInterval(() => {
      for (const { beats } of this.#processes()) beats.tick();
    }, TICK_MS);
  }

  #spawn(slot: Slot): WorkerProcess {
    const { start, https, edge, shipper, logs, parts, logger } = this.#options;
    slot.startedMs = performance.now();
    const process: WorkerProcess = new this.#Worker(
      { ...start, https: https(), edge: edge(), worker: slot.worker },
      (code, signal) => {
        shipper.workerEnded(slot.worker, process.boot);
        logs?.workerEnded(slot.worker, process.boot);
        parts.caches.ended(process.boot);
        this.#listed.ended(process.boot);
        this.#readings.ended(process.boot);
        slot.process = undefined;
        if (this.#draining) return;
        const connections = this.#connections.ended(process.boot, Date.now());
        logger.error(
          { worker: slot.worker, code, signal, connections },
          "a worker ended and is being replaced",
        );
        void this.#adoptConnections();
        this.#restarts++;
        this.#options.onCrash(code, signal);
        void this.#replace(slot);
      },
      (message) => this.#hear(slot, process, message),
    );
    slot.process = process;
    const tell = (of: "usage" | "logs") => (order: SpoolOrder) => process.tell({ type: "spool", of, order });
    process.begin({
      spoolBytes: shipper.workerStarted(slot.worker, process.boot, tell("usage")),
      logBytes: logs?.workerStarted(slot.worker, process.boot, tell("logs")) ?? 0,
    });
    return process;
  }

  #hear({ worker }: Slot, process: WorkerProcess, message: Unasked): void {
    const { parts, shipper } = this.#options;
    switch (message.type) {
      case "ask":
        replyToAsks(
          {
            ...parts,
            giveOrder: (ask) => this.#giveOrder(ask),
            listConnections: (ask) => this.#listConnections(ask),
          },
          message.asks,
          {
            boot: process.boot,
            send: (replies) => process.tell({ type: "replies", replies }),
            sendLate: (reply) => process.reply(reply),
          },
        );
        break;
      case "made":
        parts.caches.of(message.cache).made(message.key, message.bytes, message.ttlMs);
        break;
      case "removed":
        parts.caches.of(message.cache).remove(message.key);
        this.#drop(message.key, process);
        break;
      case "connections": {
        const notice = sharing(message);
        this.#connections.noticed(process.boot, notice);
        this.#listed.noticed(process.boot, notice);
        break;
      }
      case "recorded":
        shipper.recorded(worker, process.boot, message.lastSeq);
    }
  }

  /** What the cache of the node forgets, its workers forget as well. */
  #drop(name: string, by?: WorkerProcess): void {
    for (const process of this.#processes()) if (process !== by) process.tell({ type: "drop", name });
  }

  /** removedElsewhere says that another node has invalidated an entry of a cache. */
  removedElsewhere(cache: CacheName, key: string): void {
    this.#options.parts.caches.of(cache).drop(key);
    this.#drop(key);
  }

  /** What ended with a worker is reported by another; where there is none, by the next one. */
  async #adoptConnections(): Promise<void> {
    const other = this.#processes().find(({ isListening }) => isListening);
    if (!other) return;
    await this.#connections.adopt(other.boot, (connections) => other.ask({ type: "orphaned", connections }));
  }

  async #replace(slot: Slot): Promise<void> {
    slot.failures = performance.now() - slot.startedMs > HEALTHY_AFTER_MS ? 0 : slot.failures + 1;
    if (slot.failures > 1) await delay(Math.min(RESPAWN_MIN_MS * 2 ** slot.failures, RESPAWN_MAX_MS));
    if (this.#draining) return;
    const process = this.#spawn(slot);
    try {
      await process.ask({
        type: "apply",
        version: this.#version,
        upserts: [...this.#artifacts.values()],
        removals: [],
        changedKeys: [],
      });
      // What came meanwhile is live on the others.
      await this.#applied;
      if (this.#listening) await process.listen(this.#ports);
      if (this.#leaving) process.tell({ type: "leave" });
      await this.#adoptConnections();
    } catch (error) {
      this.#options.logger.error(
        { worker: slot.worker, error: String(error) },
        "a new worker could not be started",
      );
      process.child.kill("SIGKILL");
    }
  }

  /** apply sends an update to all workers. Once it is live on each, it returns what any of them refused. */
  async apply({ version, upserts, removals, changedKeys }: Update): Promise<readonly RefusedPart[]> {
    this.#options.parts.keys.changed(changedKeys);
    for (const artifact of upserts) this.#artifacts.set(artifact.name, artifact);
    for (const name of removals) this.#artifacts.delete(name);
    this.#version = version;
    const sent = upserts.map(({ name, content }) => ({ name, content }));
    const asked = Promise.all(
      this.#processes().map((process) =>
        process
          .ask({ type: "apply", version, upserts: sent, removals, changedKeys })
          .catch(() => ({ refused: [] as RefusedPart[] })),
      ),
    );
    this.#applied = asked;
    const results = await asked;
    const refused = new Map<string, RefusedPart>();
    for (const result of results)
      for (const part of result.refused ?? []) refused.set(`${part.name} ${part.path}`, part);
    return [...refused.values()];
  }

  #processes(): WorkerProcess[] {
    return this.#slots.flatMap((slot) => slot.process ?? []);
  }

  async #giveOrder(ask: OrderAsk): Promise<OrderOutcome | null> {
    return (await this.giveOrder(ask)) ?? this.#options.parts.peers.giveOrder(ask);
  }

  /** giveOrder hands an order to the worker that has the connection; null: no worker of this node has it. */
  async giveOrder(ask: OrderAsk): Promise<OrderOutcome | null> {
    const tag = tagOfConnection(ask.address.connectionId);
    const slot = this.#slots.find(({ process }) => process?.ownerTag === tag);
    return slot?.process?.order(ask) ?? null;
  }

  async #listConnections(ask: ListAsk): Promise<ConnectionPage> {
    const { start, parts } = this.#options;
    const own = { nodeId: start.nodeId, page: (pageAsk: PageAsk) => this.page(pageAsk) };
    return listOverNodes(ask, [own, ...parts.peers.listing()]);
  }

  /** page returns connections of this node. */
  page(ask: PageAsk): NodePage {
    return this.#listed.page(ask);
  }

  /** listen opens the ports on all workers; where one is 0, the first worker selects it. */
  async listen(): Promise<ListenPorts> {
    const [first, ...others] = this.#processes();
    this.#ports = (await first?.listen(this.#ports)) ?? this.#ports;
    await Promise.all(others.map((process) => process.listen(this.#ports)));
    this.#listening = true;
    return this.#ports;
  }

  /** useTls gives all workers another certificate, or keys of tickets. */
  useTls(material: TlsMaterial): void {
    for (const process of this.#processes()) process.tell({ type: "tls", material });
  }

  /** useEdgeAccess: edge nodes and this one show who they are by this from now on. */
  useEdgeAccess(access: EdgeAccess): void {
    for (const process of this.#processes()) process.tell({ type: "edge", access });
  }

  async readMetrics(): Promise<readonly MetricReading[]> {
    await Promise.all(
      this.#processes().map(async (process) => {
        const { readings } = await process.ask({ type: "metrics" }).catch(() => ({ readings: undefined }));
        if (readings && this.#processes().includes(process)) this.#readings.heard(process.boot, readings);
      }),
    );
    return this.#readings.sums();
  }

  /** sampled returns samples of what the web ACLs of this node inspected. */
  async sampled(ask: SampleAsk): Promise<Samples<SampledCall>> {
    const results = await Promise.all(
      this.#processes().map((process) => process.ask({ type: "samples", ask }).catch(() => undefined)),
    );
    return mergeSamples(
      results.flatMap((result) => result?.samples ?? []),
      ask.limit,
    );
  }

  /** leave lets all workers ask their clients to go elsewhere, also those that are replaced later. */
  leave(): void {
    this.#leaving = true;
    for (const process of this.#processes()) process.tell({ type: "leave" });
  }

  /** drain ends all workers once their calls have ended. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    clearInterval(this.#ticking);
    await Promise.all(
      this.#processes().map(async (process) => {
        await process.ask({ type: "drain", timeoutMs }).catch(() => undefined);
        await process.end();
      }),
    );
  }
}
