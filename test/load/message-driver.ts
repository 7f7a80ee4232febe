import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";

/** driveMessages sends messages on so many connections, each the next when the one before has got its response. Returns how many did. */
export async function driveMessages(url: string, connections: number, seconds: number): Promise<number> {
  let count = 0;
  let isOver = false;
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = new WebSocket(url, { perMessageDeflate: false });
      await once(socket, "open");
      socket.on("message", () => {
        count++;
        if (!isOver) socket.send("hello");
      });
      return socket;
    }),
  );
  for (const socket of sockets) socket.send("hello");
  await delay(seconds * 1_000);
  isOver = true;
  const ended = sockets.map(async (socket) => {
    if (socket.readyState !== WebSocket.OPEN) throw new Error(`${url} closed a connection`);
    socket.close();
    await once(socket, "close");
  });
  await Promise.all(ended);
  return count;
}
