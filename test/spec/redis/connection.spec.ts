import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRedis, type Redis, RedisUnavailable, readRedisSettings, script } from "@tollgate/redis";
import { createLogger, parseSettings } from "@tollgate/telemetry";
import { selfSigned } from "../../kit/certificate.ts";
import { until } from "../../kit/process.ts";
import { startRedis, startRedisCluster, startRedisSentinels } from "../../kit/redis.ts";
import { useFolder, useScope } from "../../kit/use.ts";

const scope = useScope();
const folder = useFolder();
const ADD = script("return redis.call('INCRBY', KEYS[1], ARGV[1])");

async function open(env: Record<string, string>): Promise<Redis> {
  const settings = parseSettings(env, (read) => {
    const { redis, problems } = readRedisSettings(read);
    return { value: redis, problems };
  });
  if (!settings) throw new Error("TOLLGATE_REDIS is not set");
  return scope.use(await openRedis(settings, createLogger("spec", "silent")));
}

const add = (redis: Redis, name: string) => redis.run<number>(ADD, redis.key(name), ["1"]);

describe("a connection to one server", () => {
  it("runs scripts also after the server has lost them, and hears what is published", async () => {
    const server = scope.use(await startRedis());
    const redis = await open({ TOLLGATE_REDIS: server.url, TOLLGATE_REDIS_PREFIX: "mine" });
    expect(await redis.connected(30_000)).toBe(true);
    expect([await add(redis, "n"), await add(redis, "n")]).toEqual([1, 2]);
    await server.cli("script", "flush");
    expect([await add(redis, "n"), await server.cli("get", "mine:n")]).toEqual([3, "3"]);
    const heard: string[] = [];
    await redis.subscribe("news", (message) => heard.push(message));
    await server.cli("publish", "news", "hello");
    await until("the message is heard", () => heard.includes("hello"));
  });

  it("logs in with a replaced password, without a restart", async () => {
    const server = scope.use(await startRedis());
    const file = join(folder, "password");
    writeFileSync(file, "first\n");
    await server.cli("config", "set", "requirepass", "first");
    const redis = await open({ TOLLGATE_REDIS: server.url, TOLLGATE_REDIS_PASSWORD_FILE: file });
    expect(await redis.connected(30_000)).toBe(true);
    const asAdmin = (...args: string[]) => server.cli("--no-auth-warning", "-a", "first", ...args);
    await asAdmin("acl", "setuser", "default", ">second");
    await asAdmin("acl", "setuser", "default", "<first");
    writeFileSync(file, "second\n");
    await server.cli("--no-auth-warning", "-a", "second", "client", "kill", "type", "normal");
    await until("it is logged in with the new password", () => add(redis, "n").catch(() => undefined));
  });

  it("fails at once while the server is away, and comes back with it", async () => {
    const server = scope.use(await startRedis());
    const redis = await open({ TOLLGATE_REDIS: server.url });
    await redis.connected(30_000);
    await server.kill();
    await until("the loss is noticed", () => !redis.isConnected);
    await expect(add(redis, "n")).rejects.toThrow(RedisUnavailable);
    await server.restart();
    expect(await redis.connected(30_000)).toBe(true);
    expect(await add(redis, "n")).toBe(1);
  });

  it("does not wait longer than TOLLGATE_REDIS_TIMEOUT_MS for a server that does not reply", async () => {
    const server = scope.use(await startRedis());
    const redis = await open({ TOLLGATE_REDIS: server.url, TOLLGATE_REDIS_TIMEOUT_MS: "500" });
    await redis.connected(30_000);
    await server.pause();
    await expect(add(redis, "n")).rejects.toThrow(/did not reply within 500 ms/);
    server.resume();
    await until("it replies again", () => add(redis, "n").catch(() => undefined));
  });

  it("uses TLS and a password", async () => {
    const { certificate, privateKey } = await selfSigned("127.0.0.1");
    const [certificateFile, keyFile] = [join(folder, "c.pem"), join(folder, "k.pem")];
    writeFileSync(certificateFile, certificate);
    writeFileSync(keyFile, privateKey);
    const tls = { certificate: certificateFile, key: keyFile, authority: certificateFile };
    const server = scope.use(await startRedis({ password: "pass", tls }));
    const redis = await open({ TOLLGATE_REDIS: server.url, TOLLGATE_REDIS_CA: certificateFile });
    expect(await redis.connected(30_000)).toBe(true);
    expect(await add(redis, "n")).toBe(1);
    const stranger = await open({
      TOLLGATE_REDIS: server.url.replace("pass", "wrong"),
      TOLLGATE_REDIS_CA: certificateFile,
    });
    await until("the refusal is noticed", () =>
      stranger.readings().some((r) => r.name.endsWith("failures") && r.value > 0),
    );
    expect(stranger.isConnected).toBe(false);
    // The certificates are renewed, and the server is restarted with its own.
    const renewed = await selfSigned("127.0.0.1");
    await server.kill();
    writeFileSync(certificateFile, renewed.certificate);
    writeFileSync(keyFile, renewed.privateKey);
    await server.restart();
    expect(await redis.connected(30_000)).toBe(true);
    expect(await add(redis, "n")).toBe(1);
  });
});

it("a connection to a cluster finds the server of each key", async () => {
  const cluster = scope.use(await startRedisCluster());
  const redis = await open({ TOLLGATE_REDIS: cluster.url });
  expect(await redis.connected(30_000)).toBe(true);
  const names = Array.from({ length: 30 }, (_, i) => `n${i}`);
  await until("each key can be used", () =>
    Promise.all(names.map((name) => add(redis, name))).then(
      () => true,
      () => false,
    ),
  );
  expect(
    await Promise.all(names.map((name) => redis.command(redis.key(name), ["GET", redis.key(name)]))),
  ).toHaveLength(30);
});

it("a connection by sentinels follows them to the new master", async () => {
  const group = scope.use(await startRedisSentinels());
  const redis = await open({ TOLLGATE_REDIS: group.url });
  expect(await redis.connected(30_000)).toBe(true);
  expect(await add(redis, "n")).toBe(1);
  await group.killMaster();
  expect(await until("the new master is used", () => add(redis, "other").catch(() => undefined))).toBe(1);
});
