import { connect, type Socket } from "node:net";
import type { StreamRequest } from "./holdings.ts";
import { openStream } from "./http2-streams.ts";

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
  /** Each is a stream of HTTP/2 with this request instead; undefined: none is. */
  readonly stream: StreamRequest | undefined;
  /** So many bytes follow it. */
  readonly fillBytes: number;
  /** Sent again and again behind that, in base64; empty: nothing. */
  readonly flood: string;
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
let flood = Buffer.alloc(0);

/** Sends what has no end, as fast as it is taken. */
const sendOn = (socket: Socket): void => void socket.write(flood, (error) => error || sendOn(socket));

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
  if (flood.length > 0) sendOn(socket);
}

async function hold(order: HolderOrder): Promise<void> {
  let left = order.count;
  const opener = async () => {
    while (left-- > 0) {
      if (!order.stream) await open(order);
      else {
        await openStream(order, order.stream, fill);
        opened++;
      }
    }
  };
  await Promise.all(Array.from({ length: OPENING_MAX }, opener));
}

process.on("message", (order: HolderOrder) => {
  fill = Buffer.alloc(order.fillBytes, "x");
  flood = Buffer.from(order.flood, "base64");
  void hold(order);
  if (order.each !== "")
    setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write(order.each, "latin1");
    }, 1_000);
  setInterval(() => process.send?.({ opened } satisfies HolderReport), REPORT_MS);
});
process.on("disconnect", () => process.exit(0));
