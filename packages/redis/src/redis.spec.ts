import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, it, vi } from "vitest";
import { type Logger, parseSettings } from "@tollgate/telemetry";
import { openRedis } from "./redis.ts";
import { readRedisSettings } from "./settings.ts";

/** Speaks just enough of the protocol for a client to become ready. */
async function startServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      for (const _command of bytes.toString().matchAll(/^\*\d+\r\n/gm)) socket.write("+OK\r\n");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () => {
    cut();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, cut, close };
}

it("each outage is logged once, also with the same text as the one before, and so is its end", async () => {
  const server = await startServer();
  const settings = parseSettings({ TOLLGATE_REDIS: `redis://127.0.0.1:${server.port}` }, (read) => {
    const { redis, problems } = readRedisSettings(read);
    return { value: redis, problems };
  });
  if (!settings) throw new Error("no settings");
  const [warn, info] = [vi.fn(), vi.fn()];
  const redis = await openRedis(settings, { warn, info } as unknown as Logger);
  try {
    expect(await redis.connected(5_000)).toBe(true);
    for (const outages of [1, 2, 3]) {
      server.cut();
      await vi.waitFor(() => expect(info).toHaveBeenCalledTimes(outages), { timeout: 20_000 });
      expect(warn).toHaveBeenCalledTimes(outages);
    }
    expect(new Set(warn.mock.calls.map(([{ error }]) => error as string)).size).toBe(1);
    expect(info).toHaveBeenCalledWith("Redis is available again");
  } finally {
    await redis[Symbol.asyncDispose]();
    server.close();
  }
});
