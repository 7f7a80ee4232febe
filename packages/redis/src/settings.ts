import { readFileSync } from "node:fs";
import {
  givenSecret,
  readSecret,
  type Secret,
  type Setting,
  type SettingsProblem,
  setting,
} from "@tollgate/telemetry";
import { parseRedisUrl, type RedisAddress } from "./address.ts";

/** RedisTls are the PEM files that connections by TLS need besides the system's own authorities. */
export interface RedisTls {
  readonly authorities: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** RedisSettings says how a process reaches the Redis or Valkey that all processes share. */
export interface RedisSettings {
  readonly address: RedisAddress;
  /** That of the address, or what was set instead of it. */
  readonly login: { readonly username: string | undefined; readonly password: Secret | undefined };
  readonly tls: RedisTls;
  /** What sentinels ask for, where they ask for something. */
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: Secret | undefined;
  /** Every key begins with it, so that several Tollgates can share a server. */
  readonly prefix: string;
  /** How long a command may take before the server counts as unavailable. */
  readonly timeoutMs: number;
}

type Read = <T>(name: string, kind: Setting<T>) => T;

/** A PEM file; one that cannot be read is a problem of the settings. */
const pemFile: Setting<string | undefined> = (path) => {
  if (!path) return { value: undefined };
  try {
    readFileSync(path);
    return { value: path };
  } catch (error) {
    return { value: undefined, problem: `cannot be read: ${(error as Error).message}` };
  }
};

const address: Setting<RedisAddress | undefined> = (raw) => {
  if (!raw) return { value: undefined };
  const parsed = parseRedisUrl(raw);
  return typeof parsed === "string" ? { value: undefined, problem: parsed } : { value: parsed };
};

const prefix: Setting<string> = (raw) =>
  !raw || /^[A-Za-z0-9._-]{1,64}$/.test(raw)
    ? { value: raw || "tollgate" }
    : { value: "tollgate", problem: "must be 1 to 64 characters of a-z, A-Z, 0-9 and ._-" };

/** readRedisSettings reads TOLLGATE_REDIS and its companions, the same way for every process; undefined: there is none. */
export function readRedisSettings(read: Read): {
  readonly redis: RedisSettings | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const at = read("TOLLGATE_REDIS", address);
  const username = read("TOLLGATE_REDIS_USERNAME", setting.optionalText());
  const password = readSecret(read, "TOLLGATE_REDIS_PASSWORD");
  const sentinelPassword = readSecret(read, "TOLLGATE_REDIS_SENTINEL_PASSWORD");
  const tls = {
    authorities: read("TOLLGATE_REDIS_CA", pemFile),
    certificate: read("TOLLGATE_REDIS_CERT", pemFile),
    key: read("TOLLGATE_REDIS_KEY", pemFile),
  };
  const rest = {
    sentinelUsername: read("TOLLGATE_REDIS_SENTINEL_USERNAME", setting.optionalText()),
    sentinelPassword: sentinelPassword.secret,
    prefix: read("TOLLGATE_REDIS_PREFIX", prefix),
    timeoutMs: read("TOLLGATE_REDIS_TIMEOUT_MS", setting.integer(1_000, 10, 60_000)),
  };
  const problems: SettingsProblem[] = [...password.problems, ...sentinelPassword.problems];
  if ((tls.certificate === undefined) !== (tls.key === undefined))
    problems.push({
      name: tls.certificate === undefined ? "TOLLGATE_REDIS_CERT" : "TOLLGATE_REDIS_KEY",
      message: "is not set: TOLLGATE_REDIS_CERT and TOLLGATE_REDIS_KEY must be set together",
    });
  const hasTls = tls.authorities !== undefined || tls.certificate !== undefined;
  if (at && !at.tls && hasTls)
    problems.push({
      name: "TOLLGATE_REDIS",
      message: "begins with redis, but certificates are set: rediss uses TLS",
    });
  if (!at) return { redis: undefined, problems };
  const inUrl = at.password === undefined ? undefined : givenSecret(at.password);
  const login = { username: username ?? at.username, password: password.secret ?? inUrl };
  return { redis: { address: at, login, tls, ...rest }, problems };
}
