import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { type Cluster, type ClusterNode, stageUrl } from "../../kit/cluster.ts";
import { type ObservedApis, STAGE, WEB_SOCKET } from "./observed-apis.ts";

const CLIENTS_PER_NODE = 4;
const RETRY_MS = 100;
const PAUSE_MS = 10;

/** What a client says in turn, and what becomes of it. */
const ACTIONS = ["say", "say", "say", "fail", "unknown"] as const;
export type Action = "connect" | (typeof ACTIONS)[number];

/** AnsweredMessage is what a client did and got a response to: a handshake, or a message. */
export interface AnsweredMessage {
  readonly action: Action;
  readonly requestId: string;
}

/** ObservedMessages are clients of the WebSocket API on every node. One whose connection ends connects again. */
export class ObservedMessages {
  readonly answered: AnsweredMessage[] = [];
  /** Handshakes and messages that got no response. */
  cut = 0;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  readonly #apis: ObservedApis;
  #clients = 0;

  constructor(cluster: Cluster, apis: ObservedApis) {
    this.#apis = apis;
    this.#running = Promise.all(
      cluster.nodes.flatMap((node) => Array.from({ length: CLIENTS_PER_NODE }, () => this.#client(node))),
    );
  }

  async #client(node: ClusterNode): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const name = String(this.#clients++);
      const socket = new WebSocket(stageUrl(node, WEB_SOCKET.id, STAGE).replace("http", "ws"), {
        perMessageDeflate: false,
        headers: { "User-Agent": name },
      });
      const closing = new AbortController();
      // What is waited for then will not come.
      socket.once("close", () => closing.abort());
      try {
        await once(socket, "open");
        this.answered.push({ action: "connect", requestId: this.#apis.connected.get(name) ?? "" });
        await this.#talk(socket, closing.signal);
        socket.close(1000);
        await once(socket, "close");
      } catch {
        this.cut++;
        socket.on("error", () => undefined);
        socket.terminate();
        await delay(RETRY_MS);
      }
    }
  }

  async #talk(socket: WebSocket, signal: AbortSignal): Promise<void> {
    for (let i = 0; !this.#stop.signal.aborted; i++) {
      const action = ACTIONS[i % ACTIONS.length] as Action;
      const response = once(socket, "message", { signal });
      socket.send(JSON.stringify({ action }));
      const [data] = (await response) as [Buffer];
      this.answered.push({ action, requestId: requestIdOf(data.toString()) });
      await delay(PAUSE_MS);
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

/** An echo is the id of its call; what the gateway says of a message has it as a member. */
const requestIdOf = (text: string): string =>
  text.startsWith("{") ? String((JSON.parse(text) as { readonly requestId?: string }).requestId) : text;
