import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** RawClient is a client that sends and reads bytes (latin1) when the test says so. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  /** All that has arrived. */
  readonly received: string;
  /** Resolves when the bytes are with the kernel. */
  send(bytes: string): Promise<void>;
  /** Waits until what has arrived matches; fails where the connection is closed before it does. */
  until(pattern: RegExp): Promise<string>;
  /** Waits until the other side has closed, and returns all that has arrived. */
  closed(): Promise<string>;
}

/** openRawClient connects to a port, from an address of this machine. */
export async function openRawClient(
  port: number,
  { localAddress = "127.0.0.1" }: { readonly localAddress?: string } = {},
): Promise<RawClient> {
  const socket = connect({ port, host: "127.0.0.1", localAddress, noDelay: true });
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  await once(socket, "connect");
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return {
    socket,
    get received() {
      return received;
    },
    send: (bytes) => new Promise((resolve) => socket.write(bytes, "latin1", () => resolve())),
    async until(pattern) {
      while (!pattern.test(received)) {
        if (socket.readableEnded || socket.destroyed)
          throw new Error(`closed before ${pattern} arrived: ${JSON.stringify(received)}`);
        await Promise.race([new Promise((resolve) => socket.once("data", resolve)), closed]);
      }
      return received;
    },
    async closed() {
      await closed;
      return received;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** statusesOf are the statuses of responses, in order; their bodies must not contain status lines. */
export const statusesOf = (received: string): number[] =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
