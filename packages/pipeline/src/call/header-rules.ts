/**
 * What every protocol does with a header, or which one it is. The numbers are bits of one word, so that a name is looked up once for all
 * questions; those from 2^16 on are the protocols' own.
 */
export const HeaderRule = {
  /** Invisible from the start: hop by hop, or the gateway's own business. */
  REMOVED: 1,
  HOST: 2,
  TRACE_ID: 4,
  REQUEST_ID: 8,
  METHOD_OVERRIDE: 16,
  CONNECTION: 32,
  CONTENT_LENGTH: 64,
  TRANSFER_ENCODING: 128,
  TRACEPARENT: 256,
  CONTENT_TYPE: 512,
  USER_AGENT: 1024,
  /** Nobody sees it: only the gateway may send it, or its name is another one's with `_` for `-`, which many servers take for that one. */
  DROPPED: 2048,
  UPGRADE: 8192,
  /** What the gateway itself says to upstreams of the connection. */
  FORWARDED: 4096,
  /** Of those, the two that say whom a call went through: the gateway adds to what the client sent. */
  FORWARDED_FOR: 16_384,
  FORWARDED_BY: 32_768,
} as const;

const R = HeaderRule;

/** CAME_BY are the rules of headers that say by which way a call came. */
export const CAME_BY: number = R.TRACE_ID | R.TRACEPARENT | R.FORWARDED;

/** READ_BY_CALLS are the rules of headers that a call reads for itself. */
export const READ_BY_CALLS: number =
  CAME_BY |
  R.HOST |
  R.CONTENT_LENGTH |
  R.TRANSFER_ENCODING |
  R.CONTENT_TYPE |
  R.USER_AGENT |
  R.CONNECTION |
  R.METHOD_OVERRIDE |
  R.REQUEST_ID |
  R.UPGRADE |
  R.DROPPED;

const byLowerCaseName = new Map<string, number>([
  ["connection", R.REMOVED | R.CONNECTION],
  ["content-length", R.REMOVED | R.CONTENT_LENGTH],
  ["content-md5", R.REMOVED],
  ["expect", R.REMOVED],
  ["max-forwards", R.REMOVED],
  ["proxy-authenticate", R.REMOVED],
  ["server", R.REMOVED],
  ["te", R.REMOVED],
  ["transfer-encoding", R.REMOVED | R.TRANSFER_ENCODING],
  ["trailer", R.REMOVED],
  ["upgrade", R.REMOVED | R.UPGRADE],
  ["www-authenticate", R.REMOVED],
  ["keep-alive", R.REMOVED],
  ["proxy-connection", R.REMOVED],
  ["host", R.HOST],
  ["x-amzn-trace-id", R.TRACE_ID],
  ["x-amzn-requestid", R.REQUEST_ID],
  ["x-http-method-override", R.METHOD_OVERRIDE],
  ["traceparent", R.TRACEPARENT],
  ["content-type", R.CONTENT_TYPE],
  ["user-agent", R.USER_AGENT],
  ["proxy-authorization", R.DROPPED],
  ["x-amzn-apigateway-api-id", R.DROPPED],
  ["x-forwarded-for", R.FORWARDED | R.FORWARDED_FOR],
  ["x-forwarded-port", R.FORWARDED],
  ["x-forwarded-proto", R.FORWARDED],
  ["x-forwarded-host", R.FORWARDED],
  ["forwarded", R.FORWARDED | R.FORWARDED_BY],
  ["via", R.FORWARDED],
  // Without a rule of their own, but the gateway believes them.
  ["x-api-key", 0],
  ["x-apigw-api-id", 0],
]);

/** A Map that stops growing, and no LRU cache, which takes twice as long. */
const REMEMBERED_MAX = 4096;
/** Places in front of it: V8 enters each name that it looks up in a Map into its table of strings, which costs more than all else. */
const PLACES = 512;

/** Names that differ mostly have places that do. */
function placeOf(name: string): number {
  const { length } = name;
  const ends = name.charCodeAt(0) * 31 + name.charCodeAt(length - 2) * 5 + name.charCodeAt(length >> 1);
  return (ends + length * 7) & (PLACES - 1);
}

interface Remembered<T> {
  readonly name: string;
  readonly made: T;
}

/** rememberedByName makes something of a header's name, once for each spelling: it is asked for every header of every call. */
export function rememberedByName<T>(make: (name: string) => T): (name: string) => T {
  const all = new Map<string, Remembered<T>>();
  const places = Array.from({ length: PLACES }, (): Remembered<T> | undefined => undefined);
  return (name) => {
    const place = placeOf(name);
    const last = places[place];
    if (last?.name === name) return last.made;
    const known = all.get(name);
    if (known) {
      places[place] = known;
      return known.made;
    }
    // Its own characters: a part of a head would keep the whole head in memory, also as a part of what is made of it.
    const own = Buffer.from(name).toString();
    const fresh = { name: own, made: make(own) };
    if (all.size < REMEMBERED_MAX && name.length <= 64) all.set(fresh.name, fresh);
    return fresh.made;
  };
}

/** compileHeaderRules makes a lookup of rules by names in any case, of one by lower-cased names. */
export const compileHeaderRules = (ruleOf: (lowerName: string) => number): ((name: string) => number) =>
  rememberedByName((name) => ruleOf(name.toLowerCase()));

/** canonicalName is a header's name as servers that know no `-` in names, CGI's for one, compare it. */
export const canonicalName = (name: string): string => name.toLowerCase().replaceAll("_", "-");

/** Names that the gateway believes, or that only a web ACL may send. */
const isGatewaysOwn = (name: string): boolean => byLowerCaseName.has(name) || name.startsWith("x-amzn-waf-");

/** headerRule is what every protocol does with a header, by its name in any case. */
export const headerRule = compileHeaderRules((lowerName) => {
  if (lowerName.includes("_")) return isGatewaysOwn(canonicalName(lowerName)) ? R.DROPPED : 0;
  return byLowerCaseName.get(lowerName) ?? (lowerName.startsWith("x-amzn-waf-") ? R.DROPPED : 0);
});

/** withoutDropped are the headers that are left of a request's. Names and values alternate. */
export const withoutDropped = (headers: readonly string[]): readonly string[] =>
  headers.filter((_, i, all) => (headerRule(all[i - (i % 2)] as string) & R.DROPPED) === 0);

/** isNamedIn finds whether a header's name is an element of a Connection header. */
export function isNamedIn(connection: string, name: string): boolean {
  const wanted = name.toLowerCase();
  return connection.split(",").some((element) => element.trim().toLowerCase() === wanted);
}

/** A Connection header that names no other headers. */
const NAMES_NONE = /^[\s,]*(keep-alive|close)?[\s,]*$/i;

/** withoutNamed leaves out what an upstream's Connection header names: it belongs to the upstream's connection (RFC 9110, 7.6.1). */
export function withoutNamed(headers: string[], connection: string): string[] {
  if (NAMES_NONE.test(connection)) return headers;
  const isNamed = (name: string | undefined) => name !== undefined && isNamedIn(connection, name);
  return headers.filter((_part, i) => !isNamed(headers[i - (i % 2)]));
}
