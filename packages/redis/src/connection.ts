import { readFileSync } from "node:fs";
import type { RedisSettings } from "./settings.ts";

/** RedisLibrary is loaded by whoever opens a connection: it is the largest that a process without Redis would load for nothing. */
export type RedisLibrary = typeof import("@redis/client");

/** Connection is a client of one of the three forms, with the little that they have in common. */
export interface Connection {
  connect(): Promise<unknown>;
  send(key: string | undefined, args: readonly (string | Buffer)[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  readonly isReady: () => boolean;
  destroy(): void;
}

/** What becomes of a connection, whichever form it has. */
export interface ConnectionEvents {
  failed(error: Error): void;
  /** A connection to a server is there, the first one or another after a loss. */
  ready(): void;
}

const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MAX_MS = 1_000;
/** Sentinels are asked this often who the master is, besides what they say by themselves. */
const SCAN_MS = 1_000;
/** A connection that says nothing for so long gets a PING, so that a dead one is noticed without traffic. */
const PING_MS = 1_000;

/** Sooner at first, with some chance in it: many processes lose their connections in the same moment. */
const reconnectMs = (retries: number): number =>
  Math.min(50 * 2 ** Math.min(retries, 10), RECONNECT_MAX_MS) * (0.5 + Math.random() / 2);

const read = (file: string) => readFileSync(file, "utf8");

/** The files are read for each new client. */
function socketOf({ address, tls }: RedisSettings) {
  const common = { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: reconnectMs };
  if (!address.tls) return common;
  return {
    ...common,
    tls: true as const,
    ...(tls.authorities === undefined ? {} : { ca: read(tls.authorities) }),
    ...(tls.certificate === undefined ? {} : { cert: read(tls.certificate), key: read(tls.key as string) }),
  };
}

/** What every connection to a server has. Commands fail at once while there is no connection: callers have something else to do than wait. */
function clientOptions(settings: RedisSettings) {
  const { username, password } = settings.login;
  return {
    socket: socketOf(settings),
    disableOfflineQueue: true,
    pingInterval: PING_MS,
    maintNotifications: "disabled" as const,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.current() }),
  };
}

function single(
  { createClient }: RedisLibrary,
  settings: RedisSettings,
  events: ConnectionEvents,
): Connection {
  const { places, database } = settings.address;
  const options = clientOptions(settings);
  const client = createClient({ ...options, socket: { ...options.socket, ...places[0] }, database });
  client.on("error", (error: Error) => events.failed(error));
  client.on("ready", () => events.ready());
  let subscriber: typeof client | undefined;
  return {
    connect: () => client.connect(),
    send: (_key, args) => client.sendCommand(args as (string | Buffer)[]),
    async subscribe(channel, listener) {
      if (!subscriber) {
        subscriber = client.duplicate({ disableOfflineQueue: false });
        subscriber.on("error", () => undefined); // the other connection reports it
        void subscriber.connect().catch(() => undefined);
      }
      await subscriber.subscribe(channel, listener);
    },
    isReady: () => client.isReady,
    destroy: () => {
      subscriber?.destroy();
      client.destroy();
    },
  };
}

function cluster(
  { createCluster }: RedisLibrary,
  settings: RedisSettings,
  events: ConnectionEvents,
): Connection {
  const options = clientOptions(settings);
  const client = createCluster({
    rootNodes: settings.address.places.map((place) => ({
      ...options,
      socket: { ...options.socket, ...place },
    })),
    defaults: options,
    topologyRefreshOnReconnectionAttemptStrategy: SCAN_MS,
  });
  client.on("error", (error: Error) => events.failed(error));
  client.on("node-ready", () => events.ready());
  client.on("node-error", (error: Error) => events.failed(error));
  return {
    connect: () => client.connect(),
    send: (key, args) => client.sendCommand(key, false, args as (string | Buffer)[]),
    subscribe: (channel, listener) => client.subscribe(channel, listener),
    isReady: () => client.isReady,
    destroy: () => client.destroy(),
  };
}

function sentinel(
  { createSentinel }: RedisLibrary,
  settings: RedisSettings,
  events: ConnectionEvents,
): Connection {
  const { address, sentinelUsername, sentinelPassword } = settings;
  const options = clientOptions(settings);
  const { username: _user, password: _password, ...toSentinels } = options;
  const client = createSentinel({
    name: address.masterName,
    sentinelRootNodes: [...address.places],
    scanInterval: SCAN_MS,
    nodeClientOptions: { ...options, database: address.database },
    sentinelClientOptions: {
      ...toSentinels,
      ...(sentinelUsername === undefined ? {} : { username: sentinelUsername }),
      ...(sentinelPassword === undefined ? {} : { password: sentinelPassword.current() }),
    },
  });
  client.on("error", (error: Error) => events.failed(error));
  client.on("ready", () => events.ready());
  client.on("client-error", ({ error }: { error: Error }) => events.failed(error));
  return {
    connect: () => client.connect(),
    send: (_key, args) => client.sendCommand(false, args as (string | Buffer)[]),
    subscribe: async (channel, listener) => client.subscribe(channel, listener),
    isReady: () => client.isReady,
    destroy: () => void client.destroy().catch(() => undefined),
  };
}

const forms = { single, cluster, sentinel } as const;

/** connectionOf makes the client of an address. It connects when `connect` is called. */
export const connectionOf = (
  library: RedisLibrary,
  settings: RedisSettings,
  events: ConnectionEvents,
): Connection => forms[settings.address.form](library, settings, events);
