import { type Setting, type SettingsProblem, setting } from "@tollgate/telemetry";

const KB = 1024;
const MB = 1024 * KB;

/** ClientLimits is what clients may take of a worker: connections, time, memory. */
export interface ClientLimits {
  /** TOLLGATE_CONNECTIONS: open at a time. */
  readonly connections: number;
  /** TOLLGATE_CONNECTIONS_PER_SOURCE: open at a time from one address, or from one /64 network of IPv6. */
  readonly connectionsPerSource: number;
  /** TOLLGATE_CLIENT_TIMEOUT_MS: how long a client may send its head, or send a body too slowly. */
  readonly timeoutMs: number;
  /** TOLLGATE_CLIENT_READ_TIMEOUT_MS: how long a client may read a response too slowly. */
  readonly readTimeoutMs: number;
  /** TOLLGATE_CLIENT_MIN_RATE: bytes a second below which a client is too slow. */
  readonly minBytesPerSecond: number;
  /** TOLLGATE_REQUEST_TIMEOUT_MS: how long a request may take to arrive in all. */
  readonly requestTimeoutMs: number;
  /** TOLLGATE_IDLE_TIMEOUT_MS: how long a connection may stay open between two requests. */
  readonly idleTimeoutMs: number;
  /** TOLLGATE_HELD_MB: bodies of requests and responses that are kept in memory, of all calls together. */
  readonly heldBytes: number;
  /** TOLLGATE_RESPONSE_BUFFER_KB: how much of one response may wait for its client before its upstream waits too. */
  readonly responseBufferBytes: number;
  /** TOLLGATE_SHED_DELAY_MS: where calls wait for longer than this for the worker, and none for less, that is an overload; 0: none is. */
  readonly shedDelayMs: number;
  /** TOLLGATE_MEMORY_MB: above this, calls are refused; 0: nine tenths of what the system allows, shared by the workers. */
  readonly memoryBytes: number;
}

/** readClientLimits reads them. */
export function readClientLimits(read: <T>(name: string, kind: Setting<T>) => T): ClientLimits {
  return {
    connections: read("TOLLGATE_CONNECTIONS", setting.integer(16_384, 1, 1_000_000)),
    connectionsPerSource: read("TOLLGATE_CONNECTIONS_PER_SOURCE", setting.integer(4_096, 1, 1_000_000)),
    timeoutMs: read("TOLLGATE_CLIENT_TIMEOUT_MS", setting.integer(10_000, 100, 3_600_000)),
    readTimeoutMs: read("TOLLGATE_CLIENT_READ_TIMEOUT_MS", setting.integer(60_000, 100, 3_600_000)),
    minBytesPerSecond: read("TOLLGATE_CLIENT_MIN_RATE", setting.integer(500, 1, 1_000_000_000)),
    requestTimeoutMs: read("TOLLGATE_REQUEST_TIMEOUT_MS", setting.integer(300_000, 1_000, 86_400_000)),
    idleTimeoutMs: read("TOLLGATE_IDLE_TIMEOUT_MS", setting.integer(65_000, 1_000, 86_400_000)),
    heldBytes: read("TOLLGATE_HELD_MB", setting.integer(256, 32, 65_536)) * MB,
    responseBufferBytes: read("TOLLGATE_RESPONSE_BUFFER_KB", setting.integer(1_024, 64, 65_536)) * KB,
    shedDelayMs: read("TOLLGATE_SHED_DELAY_MS", setting.integer(50, 0, 10_000)),
    memoryBytes: read("TOLLGATE_MEMORY_MB", setting.integer(0, 0, 1_048_576)) * MB,
  };
}

/** clientLimitProblems is which of them contradict each other. */
export const clientLimitProblems = ({
  timeoutMs,
  requestTimeoutMs,
}: ClientLimits): readonly SettingsProblem[] =>
  timeoutMs > requestTimeoutMs
    ? [
        {
          name: "TOLLGATE_CLIENT_TIMEOUT_MS",
          message: `'${timeoutMs}' must be at most TOLLGATE_REQUEST_TIMEOUT_MS, which is ${requestTimeoutMs}: a head is a part of a request`,
        },
      ]
    : [];
