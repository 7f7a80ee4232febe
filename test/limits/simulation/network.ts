import { type Redis, RedisUnavailable, type Script } from "@tollgate/redis";
import type { Host, Machine } from "./machine.ts";
import { type Reply, ScriptModel } from "./script-model.ts";

const TIMEOUT_MS = 1_000;
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 1_000;

/** Order is a script that the server has run, in one of its lives. */
interface Order {
  readonly life: ScriptModel;
  readonly script: Script;
  readonly key: string;
  readonly args: readonly string[];
}

/** Server is a Redis that can be killed with all its data, and held up. */
export class Server {
  readonly #machine: Machine;
  #model: ScriptModel | undefined;
  heldUpUntilMs = 0;
  readonly connections = new Set<SimulatedRedis>();
  readonly history: Order[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
    this.start();
  }

  get isUp(): boolean {
    return this.#model !== undefined;
  }

  /** What is sent to one life of the server never reaches the next. */
  get life(): ScriptModel | undefined {
    return this.#model;
  }

  start(): void {
    this.#model ??= new ScriptModel(() => 1_700_000_000_000 + this.#machine.nowMs);
  }

  kill(): void {
    this.#model = undefined;
    for (const connection of this.connections) connection.cut();
  }
}

interface Waiting {
  readonly reject: (error: Error) => void;
}

/** SimulatedRedis is what a process has of the server: one connection, on which nothing overtakes anything. */
export class SimulatedRedis implements Redis {
  readonly #machine: Machine;
  readonly #server: Server;
  readonly #host: Host;
  readonly #lost: (() => void)[] = [];
  #waiting = new Set<Waiting>();
  /** The life of the server that the connection is to. */
  #life: ScriptModel | undefined;
  #retries = 0;
  #sentMs = 0;
  #repliedMs = 0;
  /** Nothing gets through until then. */
  partedUntilMs = 0;

  constructor(machine: Machine, server: Server, host: Host) {
    this.#machine = machine;
    this.#server = server;
    this.#host = host;
    this.#connect();
  }

  key(name: string): string {
    return name;
  }

  get isConnected(): boolean {
    return this.#life !== undefined;
  }

  onLost(listener: () => void): void {
    this.#lost.push(listener);
  }

  async connected(): Promise<boolean> {
    while (!this.isConnected) await new Promise((resolve) => void setTimeout(resolve, 5));
    return true;
  }

  run<T>(script: Script, key: string, args: readonly string[]): Promise<T> {
    return this.#send((life) => {
      this.#server.history.push({ life, script, key, args });
      return life.run(script, key, args);
    }) as Promise<T>;
  }

  async command<T>(): Promise<T> {
    throw new Error("no model of this command");
  }

  async subscribe(): Promise<void> {}

  readings() {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life = undefined;
    this.#server.connections.delete(this);
  }

  /** The connection breaks: what was on its way may have been done. */
  cut(): void {
    this.#machine.after(this.#machine.below(5), this.#host, () => this.#broken());
  }

  #broken(): void {
    if (!this.#life) return;
    this.#life = undefined;
    this.#server.connections.delete(this);
    const isRejectedFirst = this.#machine.chance(0.5);
    if (isRejectedFirst) this.#rejectAll();
    for (const listener of this.#lost) listener();
    if (!isRejectedFirst) this.#rejectAll();
    this.#again();
  }

  #rejectAll(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const { reject } of waiting) reject(new RedisUnavailable("connection lost"));
  }

  #again(): void {
    const most = Math.min(RECONNECT_MIN_MS * 2 ** Math.min(this.#retries++, 10), RECONNECT_MAX_MS);
    this.#machine.after(most * (0.5 + this.#machine.below(0.5)), this.#host, () => this.#connect());
  }

  #connect(): void {
    const { life } = this.#server;
    if (!life || this.#machine.nowMs < this.partedUntilMs) {
      for (const listener of this.#lost) listener();
      return this.#again();
    }
    this.#machine.after(this.#machine.below(20), this.#host, () => {
      if (this.#server.life !== life) return this.#again();
      this.#retries = 0;
      this.#life = life;
      this.#sentMs = this.#repliedMs = this.#machine.nowMs;
      this.#server.connections.add(this);
    });
  }

  /** Mostly short, seldom long: the longest are longer than what a command waits. */
  #latencyMs(): number {
    const { random } = this.#machine;
    return random() < 0.01 ? 1_500 * random() ** 2 : 0.2 + 3 * random() ** 4;
  }

  async #send(work: (model: ScriptModel) => Reply): Promise<unknown> {
    const life = this.#life;
    if (!life) throw new RedisUnavailable("not connected");
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const waiting: Waiting = { reject };
    this.#waiting.add(waiting);
    const timer = setTimeout(() => reject(new RedisUnavailable("no reply in time")), TIMEOUT_MS);
    this.#arrive(life, work, (reply) => {
      this.#waiting.delete(waiting);
      resolve(reply);
    });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #arrive(life: ScriptModel, work: (model: ScriptModel) => Reply, replied: (reply: Reply) => void): void {
    const machine = this.#machine;
    const { nowMs } = machine;
    this.#sentMs = Math.max(this.#sentMs, nowMs + this.#latencyMs(), this.partedUntilMs);
    const arrived = () => {
      if (this.#server.life !== life) return;
      const waitMs = this.#server.heldUpUntilMs - machine.nowMs;
      if (waitMs > 0) return machine.after(waitMs + 0.001, undefined, arrived);
      const reply = work(life);
      this.#repliedMs = Math.max(this.#repliedMs, machine.nowMs + this.#latencyMs());
      machine.after(this.#repliedMs - machine.nowMs, this.#host, () => {
        if (this.#life === life) replied(reply);
      });
    };
    machine.after(this.#sentMs - nowMs, undefined, arrived);
  }
}
