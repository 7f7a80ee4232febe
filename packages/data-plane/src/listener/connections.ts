import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import type { ClientConnection, StartExchange } from "./client-connection.ts";
import type { ClientLimits } from "./client-limits.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { connectionsToEnd } from "./memory-shares.ts";

const CHECK_MS = 1_000;
/** File descriptors that connections of clients leave to everything else. */
const OTHER_FILES = 2_048;
/** Where there are too many connections, this part of the idle ones is ended together: finding them costs a look at all. */
const EVICTED_PART = 1 / 16;
/** Where few files may be open, one source gets this part of the connections, or what its limit is of all. */
const SOURCE_PART = 1 / 4;
const RECLAIM_EVERY_MS = 100;
/** Clients that are too slow are ended so many in a turn of the event loop: each costs as much as a call or two, and they come in hundreds. */
const ENDED_PER_TURN = 16;

/** Ending is why the gateway ended a client's connection. */
export type Ending =
  | "too_many"
  | "too_many_of_source"
  | "evicted"
  | "slow_body"
  | "slow_read"
  | "pipelined"
  | "memory"
  | "no_proxy"
  | "no_edge";

/** The network that an address belongs to, as far as whoever has it can choose freely: one address of IPv4, a /64 of IPv6. */
export function sourceOf(address: string | undefined): string {
  if (address === undefined) return "";
  const mapped = address.startsWith("::ffff:") ? address.slice(7) : address;
  if (!mapped.includes(":")) return mapped;
  const [head = "", tail = ""] = mapped.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (mapped.includes("::")) {
    const given = tail === "" ? [] : tail.split(":");
    while (groups.length + given.length < 8) groups.push("0");
    groups.push(...given);
  }
  return groups.slice(0, 4).join(":");
}

/** So many files may be open, where the system says. */
function openFilesMax(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Connections are all connections of clients of a worker. It keeps their number in bounds, and ends those whose clients are too slow. */
export class Connections {
  readonly #limits: ClientLimits;
  readonly #options: Omit<ConnectionOptions, "nowMs">;
  readonly #max: number;
  readonly #maxOfSource: number;
  readonly #bySource = new Map<string, Set<ClientConnection>>();
  /** What has taken the place of a connection. */
  readonly #successors = new WeakMap<ClientConnection, ClientConnection>();
  #isLeaving = false;
  #isDraining = false;
  #count = 0;
  /** Updated once an interval: what depends on it does not have to be exact. */
  nowMs = performance.now();
  #reclaimedMs = Number.NEGATIVE_INFINITY;
  #tooSlow: ClientConnection[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly ended: Record<Ending, number> = {
    too_many: 0,
    too_many_of_source: 0,
    evicted: 0,
    slow_body: 0,
    slow_read: 0,
    pipelined: 0,
    memory: 0,
    no_proxy: 0,
    no_edge: 0,
  };

  constructor(
    limits: ClientLimits,
    start: StartExchange,
    { held, streams }: Pick<ConnectionOptions, "held" | "streams">,
    files = openFilesMax(),
  ) {
    this.#limits = limits;
    this.#options = { start, held, streams, flooded: () => this.ended.pipelined++ };
    this.#max = Math.max(1, Math.min(limits.connections, files - Math.min(OTHER_FILES, files / 2)));
    const part = Math.max(SOURCE_PART, limits.connectionsPerSource / limits.connections);
    this.#maxOfSource = Math.min(limits.connectionsPerSource, Math.max(1, Math.floor(this.#max * part)));
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
    this.#timer.unref();
  }

  get count(): number {
    return this.#count;
  }

  /** open takes a new connection of an address; undefined: there are too many, and it is closed. */
  open(socket: Socket, address: string): Connection | undefined {
    const source = sourceOf(address);
    const ofSource = this.#bySource.get(source);
    const reason = this.#refusal(ofSource);
    if (reason) {
      this.ended[reason]++;
      socket.destroy();
      return undefined;
    }
    const connection = new Connection(socket, source, { ...this.#options, nowMs: this.nowMs });
    const all = ofSource ?? new Set<ClientConnection>();
    all.add(connection);
    this.#bySource.set(source, all);
    this.#count++;
    socket.once("close", () => {
      this.#count--;
      all.delete(this.#successors.get(connection) ?? connection);
      if (all.size === 0 && this.#bySource.get(source) === all) this.#bySource.delete(source);
    });
    return connection;
  }

  /** replace puts another in the place of a connection whose client has chosen another protocol. */
  replace(connection: Connection, successor: ClientConnection): void {
    const all = this.#bySource.get(connection.source);
    if (!all?.delete(connection)) return;
    all.add(successor);
    this.#successors.set(connection, successor);
    if (this.#isDraining) successor.drain();
    else if (this.#isLeaving) successor.leave?.();
  }

  /** busyBySource is how many requests of each source are being handled; sources that have none are not in it. */
  busyBySource(): Map<string, number> {
    const bySource = new Map<string, number>();
    for (const [source, connections] of this.#bySource) {
      let busy = 0;
      for (const { busyWith } of connections) busy += busyWith;
      if (busy > 0) bySource.set(source, busy);
    }
    return bySource;
  }

  #refusal(ofSource: ReadonlySet<ClientConnection> | undefined): Ending | undefined {
    if (ofSource && ofSource.size >= this.#maxOfSource && !this.#evict(ofSource)) return "too_many_of_source";
    if (this.#count < this.#max) return undefined;
    let largest: ReadonlySet<ClientConnection> = new Set();
    for (const connections of this.#bySource.values())
      if (connections.size > largest.size) largest = connections;
    if (this.#evict(largest)) return undefined;
    const all = [...this.#bySource.values()].flatMap((connections) => [...connections]);
    return this.#evict(new Set(all)) ? undefined : "too_many";
  }

  /** Ends those of the connections that have been idle for the longest time. */
  #evict(connections: ReadonlySet<ClientConnection>): boolean {
    const idle = [...connections].filter(({ isIdle, socket }) => isIdle && !socket.destroyed);
    idle.sort((a, b) => a.idleSinceMs - b.idleSinceMs);
    const evicted = idle.slice(0, Math.ceil(idle.length * EVICTED_PART));
    for (const { socket } of evicted) socket.destroy();
    this.ended.evicted += evicted.length;
    return evicted.length > 0;
  }

  #check(): void {
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.nowMs;
    this.nowMs = nowMs;
    for (const connections of this.#bySource.values())
      for (const connection of connections) {
        const { awaited } = connection;
        if (connection.progress.measure(awaited, elapsedMs, this.#limits)) this.#endSoon(connection);
        else connection.check(nowMs);
      }
  }

  #endSoon(connection: ClientConnection): void {
    if (this.#tooSlow.length === 0) setImmediate(this.#endSlowest);
    this.#tooSlow.push(connection);
  }

  readonly #endSlowest = (): void => {
    for (const connection of this.#tooSlow.splice(0, ENDED_PER_TURN)) {
      const { awaited, socket } = connection;
      // What it was waited for may have come meanwhile.
      if (awaited !== undefined && !socket.destroyed)
        this.#end(connection, awaited === "body" ? "slow_body" : "slow_read");
    }
    if (this.#tooSlow.length > 0) setImmediate(this.#endSlowest);
  };

  #end(connection: ClientConnection, why: Ending): void {
    this.ended[why]++;
    connection.giveUp(why === "memory" ? 503 : 408);
  }

  /** reclaim frees so many held bytes for a call of a source, of the clients that use theirs worst. */
  reclaim(bytes: number, source: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#reclaimedMs < RECLAIM_EVERY_MS) return;
    this.#reclaimedMs = nowMs;
    for (const connection of connectionsToEnd(this.#bySource, bytes, source)) this.#end(connection, "memory");
  }

  /** leave asks the clients of those that are not told by their responses to go elsewhere. */
  leave(): void {
    this.#isLeaving = true;
    for (const connections of this.#bySource.values())
      for (const connection of connections) connection.leave?.();
  }

  /** drain ends those that Node does not end when its servers close. */
  drain(): void {
    this.#isDraining = true;
    for (const connections of this.#bySource.values())
      for (const connection of connections) connection.drain();
  }

  /** drained ends those that are still open, but for the upgraded ones, which are not drained here. */
  drained(): void {
    for (const connections of this.#bySource.values())
      for (const { isUpgraded, socket } of connections) if (!isUpgraded) socket.destroy();
  }

  /** endAll ends them, whatever they speak. */
  endAll(): void {
    for (const connections of this.#bySource.values()) for (const { socket } of connections) socket.destroy();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
