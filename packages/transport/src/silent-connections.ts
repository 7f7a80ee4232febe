/** How often the other end of a connection of HTTP/2 is asked whether it is there (PING). */
export const PING_MS = 10_000;

interface Connection {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  destroy(error: Error): unknown;
  once(event: "close", closed: () => void): unknown;
}

/**
 * endIfSilent ends a connection of HTTP/2 on which nothing arrives for the time of two PINGs. A call that times out there ends its stream alone: without
 * this, a connection whose other end is gone without a word would get more calls until TCP gives up, minutes later. After GOAWAY no PING is sent, and
 * the calls that are left may take their time.
 */
export function endIfSilent(socket: Connection): void {
  let { bytesRead, bytesWritten } = socket;
  const timer = setInterval(() => {
    if (socket.bytesRead === bytesRead && socket.bytesWritten > bytesWritten)
      socket.destroy(new Error("the upstream no longer responds to PING"));
    ({ bytesRead, bytesWritten } = socket);
  }, 2 * PING_MS).unref();
  socket.once("close", () => clearInterval(timer));
}
