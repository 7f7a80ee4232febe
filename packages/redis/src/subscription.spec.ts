import { expect, it } from "vitest";
import { createLogger, parseSettings } from "@tollgate/telemetry";
import { openRedis } from "./redis.ts";
import { type RedisSettings, readRedisSettings } from "./settings.ts";

// Nobody listens on this port.
it.each(["redis://127.0.0.1:1", "redis+cluster://127.0.0.1:1", "redis+sentinel://127.0.0.1:1/master"])(
  "a subscription waits for a server that is away, to the end: %s",
  async (address) => {
    const settings = parseSettings({ TOLLGATE_REDIS: address }, (read) => {
      const { redis: value, problems } = readRedisSettings(read);
      return { value, problems };
    });
    const redis = await openRedis(settings as RedisSettings, createLogger("spec", "silent"));
    const subscribed = redis.subscribe("channel", () => undefined);
    const isOver = subscribed.then(() => true);
    expect(await Promise.race([isOver, new Promise((resolve) => setImmediate(resolve, false))])).toBe(false);
    await redis[Symbol.asyncDispose]();
    await expect(isOver).resolves.toBe(true);
  },
);
