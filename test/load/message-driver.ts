import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** RFC 6455, 5.2: a whole text frame of five bytes, masked by zeros, so that it is sent as it stands. */
const HELLO = Buffer.concat([Buffer.from([0x81, 0x80 | 5, 0, 0, 0, 0]), Buffer.from("hello")]);
/** A close frame without a status. */
const CLOSE = Buffer.from([0x88, 0x80, 0, 0, 0, 0]);
const LENGTH_16 = 126;

async function open(url: string): Promise<Socket> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay(true);
  await once(socket, "connect");
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  const [response] = (await once(socket, "data")) as [Buffer];
  if (!response.toString("latin1").startsWith("HTTP/1.1 101"))
    throw new Error(`${url} did not let a client in: ${response.toString("latin1")}`);
  return socket;
}

/** The size of the frame that bytes begin with: a response is one frame of less than 64 KB. */
const sizeOf = (frame: Buffer): number =>
  (frame[1] as number) === LENGTH_16 ? 4 + frame.readUInt16BE(2) : 2 + (frame[1] as number);

/**
 * driveMessages sends messages on so many connections, each the next when the one before has got its response. Returns how many did. It
 * reads nothing but the sizes of frames: like wrk, it leaves the processors to what is measured.
 */
export async function driveMessages(url: string, connections: number, seconds: number): Promise<number> {
  let count = 0;
  let isOver = false;
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(url)));
  for (const socket of sockets) {
    let leftBytes = 0;
    socket.on("data", (bytes: Buffer) => {
      if (leftBytes === 0) leftBytes = sizeOf(bytes);
      leftBytes -= bytes.length;
      if (leftBytes > 0) return;
      if (leftBytes < 0) throw new Error(`${url} sent more than one response`);
      count++;
      if (!isOver) socket.write(HELLO);
    });
    socket.write(HELLO);
  }
  await delay(seconds * 1_000);
  isOver = true;
  const ended = sockets.map(async (socket) => {
    if (!socket.readable) throw new Error(`${url} closed a connection`);
    socket.removeAllListeners("data").resume();
    socket.end(CLOSE);
    await once(socket, "close");
  });
  await Promise.all(ended);
  return count;
}
