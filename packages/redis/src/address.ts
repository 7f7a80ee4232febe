/** RedisPlace is one server's host and port. */
export interface RedisPlace {
  readonly host: string;
  readonly port: number;
}

/** RedisAddress is where a Redis or Valkey is, as one URL says it. */
export interface RedisAddress {
  /** `sentinel`: the places are those of the sentinels, which know the server; `cluster`: some of its nodes, which know the others. */
  readonly form: "single" | "cluster" | "sentinel";
  readonly places: readonly RedisPlace[];
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** The name by which sentinels know the server. */
  readonly masterName: string;
}

export const REDIS_FORMS =
  "redis://HOST:PORT[/DB], redis+cluster://HOST:PORT,HOST:PORT or redis+sentinel://HOST:PORT,HOST:PORT/NAME[/DB], each with rediss for TLS and with USER:PASSWORD@ if needed";

const URL_SHAPE = /^(rediss?)(?:\+(cluster|sentinel))?:\/\/(?:([^@/]*)@)?([^@/?#]+)(\/[^?#]*)?$/;
const PORT = 6379;
const SENTINEL_PORT = 26_379;
/** A name, an IPv4 address or an IPv6 address in brackets, and a port. */
const PLACE = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;

function placeOf(text: string, defaultPort: number): RedisPlace | undefined {
  const [, host, port = String(defaultPort)] = PLACE.exec(text.trim()) ?? [];
  const number = Number(port);
  if (host === undefined || number < 1 || number > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port: number };
}

/** `text` as it was before it was written into a URL; undefined: it cannot be read. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function loginOf(text: string | undefined) {
  if (text === undefined) return { username: undefined, password: undefined };
  const colon = text.indexOf(":");
  const [user, password] = colon < 0 ? ["", text] : [text.slice(0, colon), text.slice(colon + 1)];
  return { username: decoded(user) || undefined, password: decoded(password) || undefined };
}

/** What follows the places: the master's name where there are sentinels, and the number of the database. */
function pathOf(path: string, form: RedisAddress["form"]) {
  const parts = path.split("/").filter((part) => part !== "");
  const masterName = form === "sentinel" ? (parts.shift() ?? "") : "";
  const [database = "0", ...rest] = parts;
  const isWhole = /^\d{1,5}$/.test(database) && rest.length === 0;
  return isWhole ? { masterName, database: Number(database) } : undefined;
}

/** parseRedisUrl reads the URL of a Redis; a text says what is wrong with it. It does not repeat the URL, which may have a password. */
export function parseRedisUrl(url: string): RedisAddress | string {
  const [, scheme, form = "single", login, hosts, rest = ""] = URL_SHAPE.exec(url) ?? [];
  if (scheme === undefined || hosts === undefined) return `must be ${REDIS_FORMS}`;
  const kind = form as RedisAddress["form"];
  const places = hosts.split(",").map((text) => placeOf(text, kind === "sentinel" ? SENTINEL_PORT : PORT));
  const path = pathOf(rest, kind);
  if (places.includes(undefined)) return `has a host or port that cannot be read: it must be ${REDIS_FORMS}`;
  if (!path) return "has a path that is not the number of a database";
  if (kind === "single" && places.length > 1)
    return "names several servers: redis+cluster:// or redis+sentinel:// says what they are";
  if (kind === "sentinel" && path.masterName === "")
    return "must end with the name by which the sentinels know the server, such as /mymaster";
  if (kind === "cluster" && path.database !== 0) return "names a database: a cluster has only one";
  return {
    form: kind,
    places: places as RedisPlace[],
    tls: scheme === "rediss",
    ...loginOf(login),
    ...path,
  };
}
