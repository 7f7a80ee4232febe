import { compileHeaderRules, headerRule } from "../call/header-rules.ts";

/** What only REST APIs do with a header (AWS: rest-api header restrictions), as bits beside those of HeaderRule. */
export const RestHeaderRule = {
  /** On a request: not passed on by a proxy integration, besides the removed ones. */
  NOT_PROXIED: 1 << 16,
  /** On a response of a proxy integration: renamed to x-amzn-Remapped-{Name}. */
  REMAPPED: 1 << 17,
  /** On a response: dropped. */
  RESPONSE_DROPPED: 1 << 18,
  /** On a response: the body must be decoded before it is sent. */
  CONTENT_ENCODING: 1 << 19,
} as const;

const R = RestHeaderRule;

const ownByName = new Map<string, number>([
  ["connection", R.REMAPPED],
  ["server", R.REMAPPED],
  ["trailer", R.RESPONSE_DROPPED],
  ["transfer-encoding", R.RESPONSE_DROPPED],
  ["upgrade", R.RESPONSE_DROPPED],
  ["www-authenticate", R.REMAPPED],
  ["keep-alive", R.RESPONSE_DROPPED],
  ["proxy-connection", R.RESPONSE_DROPPED],
  ["host", R.NOT_PROXIED],
  ["content-encoding", R.NOT_PROXIED | R.CONTENT_ENCODING],
  ["via", R.RESPONSE_DROPPED],
  ["x-amzn-trace-id", R.NOT_PROXIED],
  ["x-amzn-requestid", R.REMAPPED],
  ["date", R.REMAPPED],
]);

/** restHeaderRule is the rule of a header by its name in any case: what every protocol does with it, and what REST APIs do. */
export const restHeaderRule = compileHeaderRules(
  (lowerName) => headerRule(lowerName) | (ownByName.get(lowerName) ?? 0),
);
