/** What the gateway does with a header; the numbers are bits of one word, so that a name is looked up once for all questions. */
export const HeaderRule = {
  /** Invisible from the start: hop by hop, or the gateway's own business (AWS: rest-api header restrictions). */
  REMOVED: 1,
  /** Not passed on by a proxy integration besides those. */
  NOT_PROXIED: 2,
  HOST: 4,
  TRACE_ID: 8,
  REQUEST_ID: 16,
  METHOD_OVERRIDE: 32,
  CONNECTION: 64,
  CONTENT_LENGTH: 128,
  TRANSFER_ENCODING: 256,
  TRACEPARENT: 512,
  CONTENT_TYPE: 1024,
  USER_AGENT: 2048,
  ACCEPT: 4096,
  /** On a response: renamed to x-amzn-Remapped-{Name}. */
  REMAPPED: 8192,
  /** On the response of a proxy integration: renamed too. */
  PROXY_REMAPPED: 16384,
  /** On a response: dropped. */
  RESPONSE_DROPPED: 32768,
  /** On a response: the body must be decoded before it is sent. */
  CONTENT_ENCODING: 65536,
} as const;

const R = HeaderRule;

const byLowerCaseName = new Map<string, number>([
  ["connection", R.REMOVED | R.CONNECTION | R.REMAPPED],
  ["content-length", R.REMOVED | R.CONTENT_LENGTH],
  ["content-md5", R.REMOVED],
  ["expect", R.REMOVED],
  ["max-forwards", R.REMOVED],
  ["proxy-authenticate", R.REMOVED],
  ["server", R.REMOVED | R.REMAPPED],
  ["te", R.REMOVED],
  ["transfer-encoding", R.REMOVED | R.TRANSFER_ENCODING | R.RESPONSE_DROPPED],
  ["trailer", R.REMOVED],
  ["upgrade", R.REMOVED | R.RESPONSE_DROPPED],
  ["www-authenticate", R.REMOVED | R.PROXY_REMAPPED],
  ["keep-alive", R.REMOVED | R.RESPONSE_DROPPED],
  ["proxy-connection", R.REMOVED | R.RESPONSE_DROPPED],
  ["host", R.NOT_PROXIED | R.HOST],
  ["content-encoding", R.NOT_PROXIED | R.CONTENT_ENCODING],
  ["via", R.NOT_PROXIED | R.RESPONSE_DROPPED],
  ["x-amzn-trace-id", R.NOT_PROXIED | R.TRACE_ID],
  ["x-amzn-apigateway-api-id", R.NOT_PROXIED],
  // Only the gateway says to an upstream who called.
  ["x-forwarded-for", R.NOT_PROXIED],
  ["x-forwarded-port", R.NOT_PROXIED],
  ["x-forwarded-proto", R.NOT_PROXIED],
  ["x-forwarded-host", R.NOT_PROXIED],
  ["forwarded", R.NOT_PROXIED],
  ["x-amzn-requestid", R.REQUEST_ID | R.PROXY_REMAPPED],
  ["x-http-method-override", R.METHOD_OVERRIDE],
  ["traceparent", R.TRACEPARENT],
  ["content-type", R.CONTENT_TYPE],
  ["user-agent", R.USER_AGENT],
  ["accept", R.ACCEPT],
  ["date", R.REMAPPED],
]);

/** A Map that stops growing, and no LRU cache: this is read for every header of every call, and an LRU cache takes twice as long. */
const REMEMBERED_MAX = 4096;
const remembered = new Map<string, number>(byLowerCaseName);

/** headerRule is the rule of a header by its name in any case; each spelling is lower-cased once. */
export function headerRule(name: string): number {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const rule = byLowerCaseName.get(name.toLowerCase()) ?? 0;
  if (remembered.size < REMEMBERED_MAX && name.length <= 64) remembered.set(name, rule);
  return rule;
}

/** isNamedIn finds whether a header's name is an element of a Connection header. */
export function isNamedIn(connection: string, name: string): boolean {
  const wanted = name.toLowerCase();
  return connection.split(",").some((element) => element.trim().toLowerCase() === wanted);
}
