import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aptInstall, onPath, run } from "./cache.ts";
import { freePort, type RunningProcess, startProcess, until } from "./process.ts";

const SERVERS = ["redis-server", "valkey-server"] as const;

/** redisServer is the path of a Redis or Valkey, which Debian has as a package. */
export async function redisServer(): Promise<string> {
  const found = await onPath(...SERVERS);
  if (found) return found;
  await aptInstall("redis-server");
  const installed = await onPath(...SERVERS);
  if (!installed) throw new Error("please install Redis 7 or Valkey: it is needed by the tests");
  return installed;
}

const cliOf = (server: string) => server.replace(/-server$/, "-cli");

interface Server {
  readonly port: number;
  readonly process: () => RunningProcess;
  readonly start: () => Promise<void>;
}

/** One server with its own folder. What it has is lost when it ends, unless it is told to keep it. */
async function startServer(
  folder: string,
  port: number,
  args: readonly string[],
  cli: readonly string[] = [],
): Promise<Server> {
  const binary = await redisServer();
  mkdirSync(folder, { recursive: true });
  let server: RunningProcess;
  const start = async () => {
    const own = ["--dir", folder, "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"];
    server = startProcess(binary, [...args, ...(args.includes("--sentinel") ? [] : own)], { cwd: folder });
    const ping = ["-p", String(port), "--no-auth-warning", ...cli, "ping"];
    await until(
      () => `Redis on ${port}: ${server.output()}`,
      async () =>
        (
          await run(cliOf(binary), ping).then(
            (r) => r.stdout,
            () => "",
          )
        ).includes("PONG"),
    );
  };
  await start();
  return { port, process: () => server, start };
}

function folderFor(scope: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-redis-"));
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Ends the server, at once unless another signal is given: what it had is lost, unless it keeps a journal. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  /** The server stops replying, and keeps its connections. */
  pause(): Promise<void>;
  resume(): void;
  /** Runs redis-cli. */
  cli(...args: readonly string[]): Promise<string>;
}

export interface RedisServerOptions {
  /** Keeps what it has over its end (appendonly). */
  readonly journal?: boolean;
  readonly password?: string;
  /** PEM files: connections need TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly authority: string };
}

/** startRedis runs one server on loopback, or uses TOLLGATE_TEST_REDIS. */
export async function startRedis({
  journal = false,
  password,
  tls,
}: RedisServerOptions = {}): Promise<RedisServer> {
  const given = process.env.TOLLGATE_TEST_REDIS;
  if (given && !journal && !password && !tls) return givenRedis(given);
  const scope = new AsyncDisposableStack();
  const folder = folderFor(scope);
  const port = await freePort();
  const login = password ? ["-a", password] : [];
  const secure = tls ? ["--tls", "--cacert", tls.authority] : [];
  const server = await startServer(
    folder,
    port,
    [
      ...(tls
        ? [
            "--port",
            "0",
            "--tls-port",
            String(port),
            "--tls-cert-file",
            tls.certificate,
            "--tls-key-file",
            tls.key,
          ]
        : ["--port", String(port)]),
      ...(tls ? ["--tls-ca-cert-file", tls.authority, "--tls-auth-clients", "no"] : []),
      "--appendonly",
      journal ? "yes" : "no",
      "--appendfsync",
      "always",
      ...(password ? ["--requirepass", password] : []),
    ],
    [...login, ...secure],
  );
  scope.defer(() => server.process().kill("SIGKILL"));
  const cli = cliOf(await redisServer());
  return {
    url: `redis${tls ? "s" : ""}://${password ? `:${password}@` : ""}127.0.0.1:${port}`,
    port,
    kill: (signal = "SIGKILL") => server.process().kill(signal),
    restart: server.start,
    pause: () => server.process().pause(),
    resume: () => server.process().resume(),
    cli: async (...args) =>
      (await run(cli, ["-p", String(port), "--no-auth-warning", ...login, ...secure, ...args])).stdout.trim(),
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}

function givenRedis(url: string): RedisServer {
  const refuse = () =>
    Promise.reject(new Error("the Redis of TOLLGATE_TEST_REDIS cannot be stopped by a test"));
  return {
    url,
    port: Number(new URL(url).port || 6379),
    kill: refuse,
    restart: refuse,
    pause: refuse,
    resume: () => void refuse(),
    cli: async (...args) => (await run(cliOf(await redisServer()), ["-u", url, ...args])).stdout.trim(),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

export interface RedisGroup extends AsyncDisposable {
  readonly url: string;
  /** Ends the master at once. */
  killMaster(): Promise<void>;
}

/** startRedisCluster runs a cluster of three masters. */
export async function startRedisCluster(): Promise<RedisGroup> {
  const scope = new AsyncDisposableStack();
  const folder = folderFor(scope);
  const binary = await redisServer();
  const servers: Server[] = [];
  for (let i = 0; i < 3; i++) {
    // The nodes of a cluster talk to each other on a port of their own.
    const [port, busPort] = [await freePort(), await freePort()];
    const ports = ["--port", String(port), "--cluster-port", String(busPort)];
    const cluster = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    const server = await startServer(join(folder, String(i)), port, [...ports, ...cluster]);
    scope.defer(() => server.process().kill("SIGKILL"));
    servers.push(server);
  }
  const places = servers.map(({ port }) => `127.0.0.1:${port}`);
  await run(cliOf(binary), ["--cluster", "create", ...places, "--cluster-replicas", "0", "--cluster-yes"]);
  await until("the Redis cluster is complete", async () => {
    const infos = servers.map(({ port }) => run(cliOf(binary), ["-p", String(port), "cluster", "info"]));
    return (await Promise.all(infos)).every(({ stdout }) => stdout.includes("cluster_state:ok"));
  });
  return {
    url: `redis+cluster://${places.join(",")}`,
    killMaster: () => (servers[0] as Server).process().kill("SIGKILL"),
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}

/** startRedisSentinels runs a master, its replica and three sentinels that watch them. */
export async function startRedisSentinels(): Promise<RedisGroup> {
  const scope = new AsyncDisposableStack();
  const folder = folderFor(scope);
  const binary = await redisServer();
  const [masterPort, replicaPort] = [await freePort(), await freePort()];
  const master = await startServer(join(folder, "master"), masterPort, ["--port", String(masterPort)]);
  scope.defer(() => master.process().kill("SIGKILL"));
  const replica = await startServer(join(folder, "replica"), replicaPort, [
    "--port",
    String(replicaPort),
    "--replicaof",
    "127.0.0.1",
    String(masterPort),
  ]);
  scope.defer(() => replica.process().kill("SIGKILL"));
  const ports: number[] = [];
  for (let i = 0; i < 3; i++) {
    const port = await freePort();
    const own = join(folder, `sentinel-${i}`);
    mkdirSync(own);
    const file = join(own, "sentinel.conf");
    const watch = `sentinel monitor mymaster 127.0.0.1 ${masterPort} 2`;
    const times = "sentinel down-after-milliseconds mymaster 500\nsentinel failover-timeout mymaster 3000";
    writeFileSync(file, `port ${port}\nbind 127.0.0.1\n${watch}\n${times}\n`);
    const server = await startServer(own, port, [file, "--sentinel"]);
    scope.defer(() => server.process().kill("SIGKILL"));
    ports.push(port);
  }
  await until("each sentinel knows the replica and the other sentinels", async () => {
    const infos = ports.map((port) => run(cliOf(binary), ["-p", String(port), "info", "sentinel"]));
    return (await Promise.all(infos)).every(({ stdout }) => /slaves=1,sentinels=3/.test(stdout));
  });
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(",")}/mymaster`,
    killMaster: () => master.process().kill("SIGKILL"),
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}
