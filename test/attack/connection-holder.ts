import { connect, type Socket } from "node:net";

/**
 * A process that opens many connections and keeps each busy in one bad way. It says over its channel how many it has opened.
 */
export interface HolderOrder {
  readonly port: number;
  /** Address that its connections come from. */
  readonly from: string;
  readonly count: number;
  /** Sent at once; empty: nothing. */
  readonly first: string;
  /** So many bytes follow it. */
  readonly fillBytes: number;
  /** Sent each second after that; empty: nothing. */
  readonly each: string;
  readonly reads: boolean;
}

export interface HolderReport {
  readonly opened: number;
}

const OPENING_MAX = 200;
const REPORT_MS = 200;

const sockets = new Set<Socket>();
let opened = 0;

let fill = Buffer.alloc(0);

async function open({ port, from, first, reads }: HolderOrder): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from, noDelay: true });
  await new Promise<void>((resolve) => {
    socket.once("connect", () => resolve());
    socket.once("error", () => resolve());
  });
  opened++;
  socket.on("error", () => undefined);
  if (socket.destroyed) return;
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  if (reads) socket.resume();
  else socket.pause();
  if (first !== "") socket.write(first, "latin1");
  if (fill.length > 0) socket.write(fill);
}

async function hold(order: HolderOrder): Promise<void> {
  let left = order.count;
  const opener = async () => {
    while (left-- > 0) await open(order);
  };
  await Promise.all(Array.from({ length: OPENING_MAX }, opener));
}

process.on("message", (order: HolderOrder) => {
  fill = Buffer.alloc(order.fillBytes, "x");
  void hold(order);
  if (order.each !== "")
    setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write(order.each, "latin1");
    }, 1_000);
  setInterval(() => process.send?.({ opened } satisfies HolderReport), REPORT_MS);
});
process.on("disconnect", () => process.exit(0));
