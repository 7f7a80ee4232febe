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
} as const;

const R = HeaderRule;

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
  ["upgrade", R.REMOVED],
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
]);

/** A Map that stops growing, and no LRU cache: this is read for every header of every call, and an LRU cache takes twice as long. */
const REMEMBERED_MAX = 4096;

/** compileHeaderRules makes a lookup of rules by names in any case, of one by lower-cased names; each spelling is lower-cased once. */
export function compileHeaderRules(ruleOf: (lowerName: string) => number): (name: string) => number {
  const remembered = new Map<string, number>();
  return (name) => {
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const rule = ruleOf(name.toLowerCase());
    if (remembered.size < REMEMBERED_MAX && name.length <= 64) remembered.set(name, rule);
    return rule;
  };
}

/** headerRule is what every protocol does with a header, by its name in any case. */
export const headerRule = compileHeaderRules((lowerName) => byLowerCaseName.get(lowerName) ?? 0);

/** isNamedIn finds whether a header's name is an element of a Connection header. */
export function isNamedIn(connection: string, name: string): boolean {
  const wanted = name.toLowerCase();
  return connection.split(",").some((element) => element.trim().toLowerCase() === wanted);
}
