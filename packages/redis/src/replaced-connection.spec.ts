import { afterAll, expect, it, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import type { Connection } from "./connection.ts";
import type { RedisSettings } from "./settings.ts";

const [delay, connectionOf, watchFiles] = [vi.fn(), vi.fn(), vi.fn()];
vi.doMock("node:timers/promises", () => ({ setTimeout: delay }));
vi.doMock("./connection.ts", () => ({ connectionOf }));
vi.doMock("@tollgate/telemetry", async (original) => ({ ...(await original<object>()), watchFiles }));
// Other specs of the same process have loaded it with what it really imports, and will again.
vi.resetModules();
const { openRedis } = await import("./redis.ts");
afterAll(() => {
  for (const path of ["node:timers/promises", "./connection.ts", "@tollgate/telemetry"]) vi.doUnmock(path);
  vi.resetModules();
});

/** Connects once, or never; and no sooner than an event of the system says so, as real ones do. */
function connectionThat(trusts: boolean): Connection {
  let isReady = false;
  return {
    connect: vi.fn(async () => {
      await new Promise(setImmediate);
      if (!trusts) throw new Error("the certificate is not trusted");
      if (isReady) throw new Error("the socket is already open");
      isReady = true;
    }),
    send: vi.fn(),
    subscribe: vi.fn(),
    isReady: () => isReady,
    destroy: vi.fn(),
  };
}

it("a first connection is not repeated that was replaced with new certificates meanwhile", async () => {
  const [first, next] = [connectionThat(false), connectionThat(true)];
  connectionOf.mockReturnValueOnce(first).mockReturnValueOnce(next);
  const pause = Promise.withResolvers<undefined>();
  delay.mockReturnValueOnce(pause.promise).mockReturnValue(new Promise(() => undefined));
  const settings = { tls: { authorities: "ca.pem" }, login: {} } as RedisSettings;
  await using redis = await openRedis(settings, createLogger("spec", "silent"));
  const lost = vi.fn();
  redis.onLost(lost);
  await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), { timeout: 20_000 });
  const [, replace] = watchFiles.mock.calls[0] as [unknown, () => Promise<void>];
  await replace();
  expect(redis.isConnected).toBe(true);
  pause.resolve(undefined);
  await new Promise(setImmediate);
  expect(next.connect).toHaveBeenCalledOnce();
  expect(lost).toHaveBeenCalledOnce();
});
