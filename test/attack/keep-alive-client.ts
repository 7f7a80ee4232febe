import { connect, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";

/** KeepAliveClient sends one request after another on one connection, as bytes, and reads the status of each response. */
export class KeepAliveClient implements Disposable {
  readonly #socket: Socket;
  #received = "";
  #waiting: PromiseWithResolvers<number> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#read(text));
    socket.on("error", (error) => this.#waiting?.reject(error));
    socket.on("close", () => this.#waiting?.reject(new Error("the connection was closed")));
  }

  /** open connects; `from` is the client's own address, one of 127.0.0.0/8. */
  static open(port: number, from = "127.0.0.1"): Promise<KeepAliveClient> {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from, noDelay: true });
    return new Promise((resolve, reject) => {
      socket.once("connect", () => resolve(new KeepAliveClient(socket)));
      socket.once("error", reject);
    });
  }

  get(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
    if (this.#socket.destroyed) return Promise.reject(new Error("the connection is closed"));
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#waiting = Promise.withResolvers();
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: gateway.local\r\n${lines.join("")}\r\n`, "latin1");
    return this.#waiting.promise;
  }

  #read(text: string): void {
    this.#received += text;
    const at = this.#received.indexOf(HEAD_END);
    if (at < 0) return;
    const head = this.#received.slice(0, at);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const end = at + HEAD_END.length + length;
    if (this.#received.length < end) return;
    this.#received = this.#received.slice(end);
    this.#waiting?.resolve(Number(head.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length)));
  }

  [Symbol.dispose](): void {
    this.#socket.removeAllListeners("close");
    this.#socket.destroy();
  }
}
