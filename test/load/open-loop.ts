import { connect, type Socket } from "node:net";
import { parseArgs } from "node:util";

/**
 * A process that sends calls at a rate, whether or not the ones before are answered, as many independent clients do; it has a bounded number
 * of connections, and a call that finds none free is offered but not sent. Prints OpenLoopResult as JSON.
 */
export interface OpenLoopResult {
  readonly seconds: number;
  readonly offered: number;
  /** Responses by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Of the calls with status 200. */
  readonly latenciesMs: { readonly p50: number; readonly p99: number };
  /** Calls with status 200 in each second. */
  readonly perSecond: readonly number[];
  /** Of those, the slowest in each tenth of a second. */
  readonly slowestMs: readonly number[];
  readonly failed: number;
}

const TENTH_MS = 100;

class LoadConnection {
  readonly #socket: Socket;
  readonly #request: string;
  readonly #onEnd: (connection: LoadConnection, status: number, ms: number) => void;
  #received = "";
  #sentMs = 0;

  constructor(
    url: URL,
    request: string,
    onEnd: (connection: LoadConnection, status: number, ms: number) => void,
  ) {
    this.#request = request;
    this.#onEnd = onEnd;
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => onEnd(this, 0, 0));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  send(): void {
    this.#sentMs = performance.now();
    this.#socket.write(this.#request, "latin1");
  }

  #read(chunk: Buffer): void {
    this.#received += chunk.toString("latin1");
    const headEnd = this.#received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received)?.[1]);
    if (this.#received.length < headEnd + 4 + length) return;
    const status = Number(this.#received.slice(9, 12));
    this.#received = "";
    this.#onEnd(this, status, performance.now() - this.#sentMs);
  }
}

/** The number at a part of all, where none is NaN. */
const percentile = (sorted: Float64Array, part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

async function run(url: URL, rate: number, seconds: number, connectionsMax: number): Promise<OpenLoopResult> {
  const request = `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`;
  const free: LoadConnection[] = [];
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const perSecond = Array.from({ length: seconds }, () => 0);
  const slowestMs = Array.from({ length: seconds * 10 }, () => 0);
  let open = 0;
  let failed = 0;
  const startMs = performance.now();
  const onEnd = (connection: LoadConnection, status: number, ms: number) => {
    if (status === 0) {
      open--;
      failed++;
      return;
    }
    free.push(connection);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status !== 200) return;
    latencies.push(ms);
    const atMs = performance.now() - startMs;
    const second = Math.floor(atMs / 1000);
    if (second < seconds) perSecond[second] = (perSecond[second] ?? 0) + 1;
    const tenth = Math.floor(atMs / TENTH_MS);
    slowestMs[tenth] = Math.max(slowestMs[tenth] ?? 0, ms);
  };
  let offered = 0;
  await new Promise<void>((resolve) => {
    const tick = () => {
      const elapsedMs = performance.now() - startMs;
      if (elapsedMs >= seconds * 1000) {
        resolve();
        return;
      }
      for (const due = (elapsedMs * rate) / 1000; offered < due; offered++) {
        let connection = free.pop();
        while (connection && !connection.isOpen) connection = free.pop();
        if (!connection && open < connectionsMax) {
          open++;
          connection = new LoadConnection(url, request, onEnd);
        }
        connection?.send();
      }
      setTimeout(tick, 1);
    };
    tick();
  });
  const sorted = Float64Array.from(latencies).sort();
  return {
    seconds,
    offered,
    statuses,
    latenciesMs: { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) },
    perSecond,
    slowestMs: slowestMs.slice(0, seconds * 10),
    failed,
  };
}

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "" },
    rate: { type: "string", default: "" },
    seconds: { type: "string", default: "" },
    connections: { type: "string", default: "" },
  },
});
const result = await run(
  new URL(values.url),
  Number(values.rate),
  Number(values.seconds),
  Number(values.connections),
);
console.log(JSON.stringify(result));
process.exit(0);
