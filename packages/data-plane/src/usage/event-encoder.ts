/** Wire types of the protocol buffer encoding. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const tag = (field: number, wireType: number) => (field << 3) | wireType;

/** UsageBatch.events */
export const EVENTS_TAG = tag(5, LENGTH_DELIMITED);
const SEQ = tag(1, VARINT);
const END_TIME = tag(2, VARINT);
const STATUS = tag(8, VARINT);
const LATENCY = tag(9, VARINT);
const INTEGRATION_LATENCY = tag(10, VARINT);
const REQUEST_BYTES = tag(11, VARINT);
const RESPONSE_BYTES = tag(12, VARINT);
const REQUEST_ID = tag(13, LENGTH_DELIMITED);
const API_KEY_ID = tag(14, LENGTH_DELIMITED);
const USAGE_PLAN_ID = tag(15, LENGTH_DELIMITED);

/** A template longer than this is cut in the record: an event has to fit a two-byte length. */
const TEXT_MAX_BYTES = 4096;
/** Largest event: its texts and the numbers around them. */
export const EVENT_MAX_BYTES = 4 * TEXT_MAX_BYTES;

/** EventKey is the part of an event that is the same for all calls of a route. */
export interface EventKey {
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly httpMethod: string;
  readonly resourcePath: string;
}

/** EventFacts is the rest, but for its number. Integers; times in the unit of the name. */
export interface EventFacts {
  readonly endTimeUnixMs: number;
  readonly status: number;
  readonly latencyUs: number;
  readonly integrationLatencyUs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly requestId: string;
  /** The key that the call counted against, and by which plan: at most 10 ASCII characters each; empty: none. */
  readonly apiKeyId: string;
  readonly usagePlanId: string;
}

/** putVarint writes a non-negative integer below 2^53 and returns where it ends. */
export function putVarint(out: Buffer, at: number, value: number): number {
  let rest = value;
  let position = at;
  while (rest >= 0x8000_0000) {
    out[position++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 0x80) {
    out[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[position++] = rest;
  return position;
}

/** encodeKey encodes the fields of a key once, for all events of a route. */
export function encodeKey(key: EventKey): Buffer {
  const texts: [number, string][] = [
    [3, key.accountId],
    [4, key.apiId],
    [5, key.stage],
    [6, key.httpMethod],
    [7, key.resourcePath],
  ];
  return Buffer.concat(
    texts.flatMap(([field, text]) => {
      const bytes = Buffer.from(text).subarray(0, TEXT_MAX_BYTES);
      const head = Buffer.alloc(4);
      head[0] = tag(field, LENGTH_DELIMITED);
      return bytes.length === 0 ? [] : [head.subarray(0, putVarint(head, 1, bytes.length)), bytes];
    }),
  );
}

/**
 * putEvent writes one element of UsageBatch.events and returns where it ends. It writes what a protocol buffer library would, without
 * building a message; the length always takes two bytes, which every decoder reads.
 */
export function putEvent(out: Buffer, at: number, key: Buffer, seq: number, facts: EventFacts): number {
  out[at] = EVENTS_TAG;
  const start = at + 3;
  let p = start;
  out[p++] = SEQ;
  p = putVarint(out, p, seq);
  out[p++] = END_TIME;
  p = putVarint(out, p, facts.endTimeUnixMs);
  p += key.copy(out, p);
  out[p++] = STATUS;
  p = putVarint(out, p, facts.status);
  out[p++] = LATENCY;
  p = putVarint(out, p, facts.latencyUs);
  out[p++] = INTEGRATION_LATENCY;
  p = putVarint(out, p, facts.integrationLatencyUs);
  out[p++] = REQUEST_BYTES;
  p = putVarint(out, p, facts.requestBytes);
  out[p++] = RESPONSE_BYTES;
  p = putVarint(out, p, facts.responseBytes);
  out[p++] = REQUEST_ID;
  out[p++] = facts.requestId.length; // a UUID: 36 ASCII characters
  p += out.write(facts.requestId, p, "latin1");
  if (facts.usagePlanId !== "") {
    out[p++] = API_KEY_ID;
    out[p++] = facts.apiKeyId.length;
    p += out.write(facts.apiKeyId, p, "latin1");
    out[p++] = USAGE_PLAN_ID;
    out[p++] = facts.usagePlanId.length;
    p += out.write(facts.usagePlanId, p, "latin1");
  }
  const length = p - start;
  out[at + 1] = (length & 0x7f) | 0x80;
  out[at + 2] = length >>> 7;
  return p;
}
