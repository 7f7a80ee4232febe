import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { CHAT, CHAT_STAGE } from "./chat.ts";

const RETRY_MS = 100;
const OPEN_WITHIN_MS = 60_000;
/** How long a message may take before its sender gives it up. */
const ASK_MS = 30_000;

interface Asked {
  readonly message: string;
  readonly resolve: (response: string) => void;
  readonly reject: (error: Error) => void;
}

/** ChatConnection is one connection of a client to the chat. Its times are those of the driver. */
export class ChatConnection {
  readonly socket: WebSocket;
  readonly openedMs = performance.now();
  id = "";
  /** undefined: it is open. */
  end: { readonly code: number; readonly atMs: number } | undefined = undefined;
  /** Messages of backends. */
  readonly posted = new Set<string>();
  #asked: Asked | undefined = undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => this.#receive(data.toString()));
    socket.on("close", (code: number) => {
      this.end = { code, atMs: performance.now() };
      this.#asked?.reject(new Error(`closed with ${code}`));
    });
    socket.on("error", () => undefined); // "close" follows
  }

  /** Of the id, the part that names the node, and the part that names the worker too. */
  get nodeTag(): string {
    return this.id.slice(0, 4);
  }
  get workerTag(): string {
    return this.id.slice(0, 8);
  }

  #receive(text: string): void {
    const asked = this.#asked;
    if (asked && text.endsWith(` ${asked.message}`)) asked.resolve(text);
    // What the gateway says of a message that it did not hand on.
    else if (asked && text.startsWith('{"message": ')) asked.reject(new Error(text));
    else this.posted.add(text);
  }

  /** ask sends a message and resolves when it is acknowledged. Rejects if it is not. */
  async ask(message: string): Promise<string> {
    if (this.end) throw new Error("the connection is closed");
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const late = setTimeout(() => reject(new Error(`'${message}' is not acknowledged`)), ASK_MS);
    this.#asked = { message, resolve, reject };
    this.socket.send(message);
    try {
      return await promise;
    } finally {
      clearTimeout(late);
      this.#asked = undefined;
    }
  }
}

/** OpenOptions says where a client connects, and what it says first. */
export interface OpenOptions {
  /** The node that is tried first; the others follow. */
  readonly nodes: () => readonly ClusterNode[];
  readonly hello: string;
  /** Gets every connection that was let in, also one that ends before it was of use. */
  readonly opened: (connection: ChatConnection) => void;
}

/** openConnection connects to the first node that lets it in and acknowledges its hello. A client that is refused tries again. */
export async function openConnection({ nodes, hello, opened }: OpenOptions): Promise<ChatConnection> {
  const deadline = performance.now() + OPEN_WITHIN_MS;
  for (let i = 0; ; i++) {
    const all = nodes();
    const url = stageUrl(all[i % all.length] as ClusterNode, CHAT, CHAT_STAGE).replace("http", "ws");
    const socket = new WebSocket(url, { perMessageDeflate: false });
    try {
      await once(socket, "open");
      const connection = new ChatConnection(socket);
      opened(connection);
      const response = await connection.ask(hello);
      connection.id = response.slice(0, response.indexOf(" "));
      return connection;
    } catch (error) {
      socket.on("error", () => undefined);
      socket.terminate();
      if (performance.now() > deadline) throw error;
      await delay(RETRY_MS);
    }
  }
}
