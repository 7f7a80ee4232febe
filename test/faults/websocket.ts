import { setTimeout as delay } from "node:timers/promises";
import type { Cluster, ClusterNode } from "../kit/cluster.ts";
import { childrenOf, until } from "../kit/process.ts";
import { CHAT, type Chat, startChat } from "./chat.ts";
import { type ChatConnection, openConnection } from "./chat-client.ts";

/** Below the account's limit of 500 new connections a second. */
const OPENED_PER_SECOND = 400;
const MINUTE_MS = 60_000;
/** Driver and node see a connection begin and end at times that differ by no more than this. */
const CLOCKS_MS = 3_000;
/** Between the messages of a client, and those of the backend. */
const PAUSE_MIN_MS = 300;
const POST_PAUSE_MS = 20;

/** WebSocketReport is what became of the connections of a run, in the words of the report on usage. */
export interface WebSocketReport {
  readonly connections: number;
  /** Messages of clients, and of backends, that were acknowledged. */
  readonly sent: number;
  readonly posted: number;
  /** Of those, what its receiver does not have; ends that were not reported; usage that was not recorded. */
  readonly lost: number;
  /** Ends that were reported twice, and usage that was recorded twice. */
  readonly doubled: number;
  /** What a fault touched that it must not touch. */
  readonly failed: number;
  /** How long after its death the connections of a node were gone on every other one. */
  readonly goneMs: number;
  readonly minutes: { readonly counted: number; readonly least: number; readonly most: number };
  readonly messages: { readonly counted: number; readonly least: number; readonly most: number };
  readonly details: readonly string[];
}

export interface WebSocketOptions {
  readonly connections: number;
  /** All nodes are restarted at the end. */
  readonly restarts: boolean;
  /** A dead node's connections have to be gone everywhere by then. */
  readonly goneWithinMs: number;
  readonly random: () => number;
}

/** WebSocketFaults keeps clients connected to a chat on all nodes of a cluster, and ends its processes one after the other. */
class WebSocketFaults {
  readonly #cluster: Cluster;
  readonly #chat: Chat;
  readonly #options: WebSocketOptions;
  readonly #opened: ChatConnection[] = [];
  /** Those that a killed node took along: nobody reports their ends. */
  readonly #unreported = new Set<string>();
  readonly #details: string[] = [];
  #hellos = 0;
  #acknowledged: string[] = [];
  readonly #posted: { readonly to: ChatConnection; readonly message: string }[] = [];
  #postsTried = 0;
  #failed = 0;
  #goneMs = 0;

  constructor(cluster: Cluster, chat: Chat, options: WebSocketOptions) {
    this.#cluster = cluster;
    this.#chat = chat;
    this.#options = options;
  }

  get #open(): ChatConnection[] {
    return this.#opened.filter(({ end }) => !end);
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#options.random() * items.length)] as T;
  }

  #fail(detail: string): void {
    this.#failed++;
    this.#details.push(detail);
  }

  /** Opens a connection, to a node or to any. */
  async #connect(first = this.#pick(this.#cluster.nodes)): Promise<ChatConnection> {
    const hello = `hello ${this.#hellos++}`;
    const connection = await openConnection({
      nodes: () => [first, ...this.#cluster.nodes],
      hello,
      opened: (opened) => this.#opened.push(opened),
    });
    this.#acknowledged.push(hello);
    return connection;
  }

  /** Fills up to the number of connections that there are to be, over all nodes. */
  async fill(): Promise<void> {
    const { nodes } = this.#cluster;
    const missing = this.#options.connections - this.#open.length;
    const opening = [];
    for (let i = 0; i < missing; i++) {
      opening.push(this.#connect(nodes[i % nodes.length]));
      if (i % (OPENED_PER_SECOND / 20) === 0) await delay(50);
    }
    await Promise.all(opening);
  }

  /** Every connection that is open works. */
  async #allSpeak(when: string): Promise<void> {
    const open = this.#open;
    for (let at = 0; at < open.length; at += 200)
      await Promise.all(
        open.slice(at, at + 200).map((connection) =>
          this.#say(connection).catch((error: Error) => {
            this.#fail(`${when}: ${error.message}`);
          }),
        ),
      );
  }

  async #say(connection: ChatConnection): Promise<void> {
    const message = `message ${this.#acknowledged.length} of ${connection.id} ${this.#options.random()}`;
    await connection.ask(message);
    this.#acknowledged.push(message);
  }

  /** After a fault that ends `victims`: they have ended, and no other. */
  async #onlyEnded(
    what: string,
    before: readonly ChatConnection[],
    victims: readonly ChatConnection[],
  ): Promise<void> {
    await until(
      () => `${victims.filter(({ end }) => !end).length} of ${victims.length} clients end with ${what}`,
      () => victims.every(({ end }) => end),
    );
    const ended = new Set(victims);
    const touched = before.filter((connection) => connection.end && !ended.has(connection));
    if (touched.length > 0) this.#fail(`${what} ended ${touched.length} connections of others`);
    await this.#allSpeak(`after the end of ${what}`);
  }

  /** Ends are reported: of `ended`, once each. */
  async #reported(what: string, ended: readonly ChatConnection[]): Promise<void> {
    const { disconnected } = this.#chat;
    const left = () => ended.filter(({ id }) => !disconnected.has(id)).length;
    await until(
      () => `${left()} of ${ended.length} ends with ${what} to be reported`,
      () => left() === 0,
    ).catch((error: Error) => void this.#details.push(error.message));
  }

  async worker(): Promise<void> {
    const before = this.#open;
    const victim = this.#pick(before);
    const node = this.#nodeOf(victim);
    const pids = childrenOf(node.part.child.pid);
    process.kill(this.#pick(pids), "SIGKILL");
    // Which of the workers that was, is seen by the first client that it takes along.
    const first = await until("a client ends with a worker", () => before.find(({ end }) => end));
    const victims = before.filter(({ workerTag }) => workerTag === first.workerTag);
    await this.#onlyEnded(`a worker of ${node.id}`, before, victims);
    await this.#reported(`a worker of ${node.id}`, victims);
    await this.fill();
  }

  #nodeOf({ socket }: ChatConnection): ClusterNode {
    const { port } = new URL(socket.url);
    const node = this.#cluster.nodes.find(({ httpPort }) => httpPort === Number(port));
    if (!node) throw new Error(`no node listens on ${port}`);
    return node;
  }

  async node(): Promise<void> {
    const before = this.#open;
    const victim = this.#pick(before);
    const node = this.#nodeOf(victim);
    const victims = before.filter(({ nodeTag }) => nodeTag === victim.nodeTag);
    const others = this.#cluster.nodes.filter((other) => other !== node);
    for (const { id } of victims) this.#unreported.add(id);
    await this.#cluster.killNode(node);
    const killedMs = performance.now();
    await Promise.all(
      others.map((other) =>
        until(
          `connections of ${node.id} are gone on ${other.id}`,
          async () => (await this.#chat.post(other, victim.id, "nobody")) === 410,
        ),
      ),
    );
    this.#goneMs = Math.max(this.#goneMs, performance.now() - killedMs);
    if (this.#goneMs > this.#options.goneWithinMs)
      this.#fail(`a dead node's connections were gone after ${this.#goneMs} ms`);
    await this.#onlyEnded(node.id, before, victims);
    await this.#cluster.startNode(node.id);
    await this.fill();
  }

  /** Without the control plane, and while nodes come back to the next one, everything works as before. */
  async controlPlane(): Promise<void> {
    const before = this.#open;
    let back = false;
    const posts = async () => {
      do await this.#postTo(this.#pick(before));
      while (!back);
    };
    // Once more: what a backend's key may do has to be known to each node.
    for (const by of this.#cluster.nodes) await this.#postTo(this.#pick(before), by);
    await this.#cluster.controlPlane.kill("SIGKILL");
    const posting = posts();
    await this.#onlyEnded("the control plane", before, []);
    await this.#cluster.startControlPlane();
    await this.#cluster.waitApplied(1);
    back = true;
    await posting;
    await this.#onlyEnded("the control plane", before, []);
  }

  async #postTo(to: ChatConnection, by = this.#pick(this.#cluster.nodes)): Promise<number> {
    const message = `post ${this.#postsTried++}`;
    const status = await this.#chat.post(by, to.id, message);
    if (status === 200) this.#posted.push({ to, message });
    else if (!to.end) this.#fail(`a post to a connection that is open got ${status} from ${by.id}`);
    return status;
  }

  /** Restarts all nodes one after the other, while clients that lose their connection connect again and all of them go on. */
  async rollingRestart(): Promise<void> {
    let isOver = false;
    const pauseMs = Math.max(PAUSE_MIN_MS, this.#options.connections * 2);
    const client = async (start: ChatConnection) => {
      let connection = start;
      while (!isOver) {
        await delay(pauseMs * (0.5 + this.#options.random()));
        await this.#say(connection).catch(() => undefined);
        if (connection.end) connection = await this.#connect();
      }
    };
    const backend = async () => {
      while (!isOver) {
        const open = this.#open.filter(({ id }) => id !== "");
        const message = `post ${this.#postsTried++}`;
        const to = this.#pick(open);
        if ((await this.#chat.post(this.#pick(this.#cluster.nodes), to.id, message)) === 200)
          this.#posted.push({ to, message });
        await delay(POST_PAUSE_MS);
      }
    };
    const running = [...this.#open.map(client), backend()];
    for (const { id } of this.#cluster.nodes) {
      const node = this.#cluster.nodes.find((one) => one.id === id) as ClusterNode;
      await node.part.kill("SIGTERM");
      if (node.part.child.exitCode !== 0) this.#fail(`${id} ended with ${node.part.child.exitCode}`);
      await this.#cluster.startNode(id);
    }
    isOver = true;
    await Promise.all(running);
  }

  /** Ends all connections and compares what the driver saw with what the upstream and metering have. */
  async settle(): Promise<WebSocketReport> {
    const { connected, disconnected, messages } = this.#chat;
    // A post that was acknowledged is on its way.
    await until("all posts have arrived", () =>
      this.#posted.every(({ to, message }) => to.posted.has(message)),
    ).catch(() => undefined);
    for (const connection of this.#open) connection.socket.close(1000);
    await until("all clients are closed", () => this.#open.length === 0);
    const unreported = () =>
      [...connected.keys()].filter((id) => !this.#unreported.has(id) && !disconnected.has(id));
    await until("all ends are reported", () => unreported().length === 0).catch(() => undefined);
    const counted = await this.#counted();
    const lost = {
      messages: this.#acknowledged.filter((message) => !messages.has(message)),
      posts: this.#posted.filter(({ to, message }) => !to.posted.has(message)),
      ends: unreported(),
      minutes: Math.max(0, counted.minutes.least - counted.minutes.counted),
      units: Math.max(0, counted.messages.least - counted.messages.counted),
    };
    const doubled = {
      ends: [...disconnected].filter(([id, count]) => count > 1 || this.#unreported.has(id)),
      minutes: Math.max(0, counted.minutes.counted - counted.minutes.most),
      units: Math.max(0, counted.messages.counted - counted.messages.most),
    };
    const summed = [lost, doubled].map((found) =>
      Object.entries(found).map(([name, of]) => [name, typeof of === "number" ? of : of.length] as const),
    );
    for (const [i, found] of summed.entries())
      for (const [name, count] of found)
        if (count > 0) this.#details.push(`${count} ${name} ${i === 0 ? "lost" : "doubled"}`);
    const [lostCount = 0, doubledCount = 0] = summed.map((found) =>
      found.reduce((sum, [, count]) => sum + count, 0),
    );
    return {
      connections: this.#opened.length,
      sent: this.#acknowledged.length,
      posted: this.#posted.length,
      lost: lostCount,
      doubled: doubledCount,
      failed: this.#failed,
      goneMs: Math.round(this.#goneMs),
      ...counted,
      details: this.#details.slice(0, 10),
    };
  }

  /** Waits until metering has counted at least what it must. */
  async #counted(): Promise<Pick<WebSocketReport, "minutes" | "messages">> {
    const minutes = { counted: 0, ...this.#minuteBounds() };
    const messages = { counted: 0, ...this.#messageBounds() };
    await until("metering counts messages and minutes", async () => {
      const { rows } = await this.#cluster.usage.queryUsage({ apiId: CHAT });
      minutes.counted = rows.reduce((sum, row) => sum + Number(row.connectionMinutes), 0);
      messages.counted = rows.reduce((sum, row) => sum + Number(row.messageCount), 0);
      return minutes.counted >= minutes.least && messages.counted >= messages.least;
    }).catch(() => undefined);
    return { minutes, messages };
  }

  #minuteBounds(): { readonly least: number; readonly most: number } {
    let [least, most] = [0, 0];
    for (const { id, openedMs, end } of this.#opened) {
      const ms = (end?.atMs ?? performance.now()) - openedMs;
      const shortest = Math.max(0, ms - CLOCKS_MS) / MINUTE_MS;
      // A node that is killed loses the minutes that began in its last second.
      least += Math.max(this.#unreported.has(id) ? 0 : 1, Math.ceil(shortest));
      most += Math.max(1, Math.ceil((ms + CLOCKS_MS) / MINUTE_MS));
    }
    return { least, most };
  }

  /** A message is one unit each way; what reached the upstream but was not acknowledged may have been counted. */
  #messageBounds(): { readonly least: number; readonly most: number } {
    const arrived = [...this.#chat.messages.values()].reduce((sum, count) => sum + count, 0);
    return {
      least: 2 * this.#acknowledged.length + this.#posted.length,
      most: 2 * arrived + this.#postsTried,
    };
  }
}

/** webSocketFaults runs all faults on a cluster of several nodes. */
export async function webSocketFaults(cluster: Cluster, options: WebSocketOptions): Promise<WebSocketReport> {
  await using chat = await startChat(cluster);
  const run = new WebSocketFaults(cluster, chat, options);
  await run.fill();
  await run.worker();
  await run.node();
  await run.controlPlane();
  if (options.restarts) await run.rollingRestart();
  return await run.settle();
}
