import type { Allowance } from "@tollgate/pipeline";
import { createLogger } from "@tollgate/telemetry";
import { NodeRoll } from "../../../packages/data-plane/src/limits/shared/node-roll.ts";
import { QuotaJournal } from "../../../packages/data-plane/src/limits/shared/quota-journal.ts";
import type { QuotaLives } from "../../../packages/data-plane/src/limits/shared/quota-lives.ts";
import { SharedQuotas } from "../../../packages/data-plane/src/limits/shared/shared-quotas.ts";
import { seeded } from "../../kit/seeded.ts";
import { Host, Machine } from "./machine.ts";
import { Server, SimulatedRedis } from "./network.ts";

export const FAULTS = [
  "server-killed",
  "server-held-up",
  "node-held-up",
  "all-held-up",
  "cut",
  "parted",
  "node-killed",
  "node-and-server-killed",
  "node-leaves",
  "node-joins",
] as const;

/** Fault is what goes wrong once, and how long it lasts. */
export interface Fault {
  /** After the one before it. */
  readonly afterMs: number;
  readonly kind: (typeof FAULTS)[number];
  /** Which node, where it is one. */
  readonly node: number;
  readonly ms: number;
}

export interface Plan {
  readonly seed: number;
  readonly nodes: number;
  readonly limit: number;
  /** Calls a second that are wanted of all nodes together, as a part of the limit. */
  readonly demand: number;
  readonly faults: readonly Fault[];
}

/** Outcome is what was let through of the limit, and the part of it that nobody got. */
export interface Outcome {
  readonly admitted: number;
  readonly unused: number;
}

const PERIOD = "MONTH-2100-01";
const DEMAND_EVERY_MS = 10;
/** How much longer than the server a node may be away that was killed with it. */
const LATE = 8;

class SimulatedNode {
  readonly #world: World;
  readonly #name: string;
  readonly #journal = new QuotaJournal(":memory:", 0, createLogger("simulation", "silent"));
  host = new Host();
  redis!: SimulatedRedis;
  quotas: SharedQuotas | undefined;
  #roll: NodeRoll | undefined;
  #lives = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  async start(): Promise<void> {
    const { machine, server } = this.#world;
    const host = (this.host = new Host());
    await machine.inside(host, () => {
      const redis = (this.redis = new SimulatedRedis(machine, server, host));
      const nowMs = () => machine.nowMs;
      const node = `${this.#name}/${++this.#lives}`;
      const memory = this.#journal;
      const logger = createLogger("simulation", "silent");
      const roll = (this.#roll = new NodeRoll({
        redis,
        node: this.#name,
        memory,
        knownNodes: () => 1,
        nowMs,
        logger,
      }));
      const lives = { own: { id: 1, name: node }, leased: () => true, forgetEnded: () => undefined };
      const quotas = new SharedQuotas({
        redis,
        roll,
        nowMs,
        journal: this.#journal,
        withoutRedis: "fair",
        sharesMax: 10,
        lives: lives as unknown as QuotaLives,
      });
      void roll.start(2_000).then(() => {
        this.quotas = quotas;
        this.#call(host, quotas);
      });
    });
  }

  /** startAgain starts the node on its disk, if it does not run. */
  async startAgain(): Promise<void> {
    if (!this.host.isAlive) await this.start();
  }

  /** Callers of this node. */
  #call(host: Host, quotas: SharedQuotas): void {
    const { machine } = this.#world;
    let due = 0;
    let lastMs = machine.nowMs;
    setInterval(() => {
      // At its regular end a node has no calls any more.
      if (!this.quotas) return;
      due += ((machine.nowMs - lastMs) / 1000) * this.#world.demandOf(this);
      lastMs = machine.nowMs;
      const wanted = Math.floor(due);
      if (wanted === 0) return;
      due -= wanted;
      void this.#ask(host, quotas, wanted);
    }, DEMAND_EVERY_MS);
  }

  async #ask(host: Host, quotas: SharedQuotas, wanted: number): Promise<void> {
    const { machine, allowance } = this.#world;
    const ahead = machine.chance(0.3) ? Math.ceil(wanted / 2) : 0;
    const lease = await quotas.lease({
      counter: "c",
      allowance,
      wanted: wanted + ahead,
      needed: wanted,
      returned: 0,
    });
    if (!host.isAlive) return;
    const made = Math.min(lease.calls, wanted);
    this.#world.admit(made);
    const returned = lease.calls - made;
    if (returned > 0)
      setTimeout(() => void quotas.lease({ counter: "c", allowance, wanted: 0, needed: 0, returned }), 50);
  }

  kill(): void {
    this.host.isAlive = false;
    this.quotas = undefined;
    this.#world.server.connections.delete(this.redis);
  }

  async leave(): Promise<void> {
    const { quotas, host } = this;
    const roll = this.#roll;
    if (!quotas || !roll) return;
    this.quotas = undefined;
    await this.#world.machine.inside(host, () => {
      void (async () => {
        await new Promise((resolve) => void setTimeout(resolve, 1_000));
        await quotas[Symbol.asyncDispose]();
        await roll[Symbol.asyncDispose]();
        host.isAlive = false;
      })();
    });
  }

  dispose(): void {
    this.kill();
    this.#journal[Symbol.dispose]();
  }
}

/** World is a few nodes that share one quota by one server, and what goes wrong with them. */
export class World implements Disposable {
  readonly plan: Plan;
  readonly machine: Machine;
  readonly server: Server;
  readonly allowance: Allowance;
  readonly nodes: SimulatedNode[] = [];
  admitted = 0;
  /** The part of all calls that a node has. */
  readonly #parts = new Map<SimulatedNode, number>();

  constructor(plan: Plan) {
    this.plan = plan;
    this.machine = new Machine(seeded(plan.seed));
    this.server = new Server(this.machine);
    this.allowance = { limit: plan.limit, period: PERIOD, endsUnixMs: 4_102_444_800_000, offset: 0 };
  }

  demandOf(node: SimulatedNode): number {
    return this.plan.demand * this.plan.limit * (this.#parts.get(node) ?? 0);
  }

  admit(calls: number): void {
    this.admitted += calls;
  }

  /** Runs until nobody gets any more. */
  async run(): Promise<Outcome> {
    const { machine, plan } = this;
    for (let i = 0; i < plan.nodes; i++) {
      const node = new SimulatedNode(this, `n${i}`);
      this.nodes.push(node);
      await node.start();
    }
    this.#divide();
    await machine.runUntil(machine.nowMs + 3_000);
    for (const fault of plan.faults) {
      await machine.runUntil(machine.nowMs + fault.afterMs);
      if (machine.chance(0.3)) this.#divide();
      await this.#fault(fault);
    }
    await this.#calm();
    let quiet = 0;
    for (let i = 0; i < 60 && quiet < 8; i++) {
      const before = this.admitted;
      await machine.runUntil(machine.nowMs + 1_000);
      quiet = this.admitted === before ? quiet + 1 : 0;
    }
    return { admitted: this.admitted, unused: (plan.limit - this.admitted) / plan.limit };
  }

  /** Calls are divided equally, or most go to few nodes, or all to one. */
  #divide(): void {
    const { machine, nodes } = this;
    const skew = machine.below(4);
    const only = machine.chance(0.2) ? Math.floor(machine.below(nodes.length)) : undefined;
    const weights = nodes.map((_, i) => (only === undefined ? machine.random() ** skew : Number(i === only)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (const [i, node] of this.nodes.entries()) this.#parts.set(node, (weights[i] ?? 0) / sum);
  }

  async #calm(): Promise<void> {
    const { machine } = this;
    await machine.runUntil(machine.nowMs + 3_000);
    this.#divide();
    this.server.start();
    for (const node of this.nodes) await node.startAgain();
    await machine.runUntil(machine.nowMs + 3_000);
  }

  async #fault({ kind, node: i, ms }: Fault): Promise<void> {
    const { machine, server } = this;
    const node = this.nodes[i % this.nodes.length] as SimulatedNode;
    const until = machine.nowMs + ms;
    switch (kind) {
      case "server-killed":
        server.kill();
        machine.after(ms, undefined, () => server.start());
        break;
      case "server-held-up":
        server.heldUpUntilMs = Math.max(server.heldUpUntilMs, until);
        break;
      case "node-held-up":
        node.host.heldUpUntilMs = until;
        break;
      case "all-held-up":
        for (const one of this.nodes) one.host.heldUpUntilMs = machine.nowMs + machine.below(ms);
        break;
      case "cut":
        node.redis.cut();
        break;
      case "parted":
        node.redis.partedUntilMs = until;
        if (machine.chance(0.5)) node.redis.cut();
        break;
      case "node-killed":
        node.kill();
        machine.after(ms, undefined, () => node.startAgain());
        break;
      case "node-and-server-killed":
        server.kill();
        machine.after(machine.below(300), undefined, () => node.kill());
        machine.after(ms, undefined, () => server.start());
        machine.after(5_000 + ms * LATE, undefined, () => node.startAgain());
        break;
      case "node-leaves":
        await node.leave();
        break;
      case "node-joins":
        await node.startAgain();
        break;
    }
  }

  [Symbol.dispose](): void {
    for (const node of this.nodes) node.dispose();
    this.machine[Symbol.dispose]();
  }
}
