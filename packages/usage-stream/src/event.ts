import { UsageBatchSchema, UsageEventSchema } from "@tollgate/proto/usage";
import { putVarint, tagOf } from "./wire.ts";

const EVENTS = tagOf(UsageBatchSchema.field.events);
const { field } = UsageEventSchema;
const SEQ = tagOf(field.seq);
const END_TIME = tagOf(field.endTimeUnixMs);
const STATUS = tagOf(field.status);
const LATENCY = tagOf(field.latencyUs);
const INTEGRATION_LATENCY = tagOf(field.integrationLatencyUs);
const REQUEST_BYTES = tagOf(field.requestBytes);
const RESPONSE_BYTES = tagOf(field.responseBytes);
const REQUEST_ID = tagOf(field.requestId);
const API_KEY_ID = tagOf(field.apiKeyId);
const USAGE_PLAN_ID = tagOf(field.usagePlanId);

/** A template longer than this is cut in the record: an event has to fit a two-byte length. */
const TEXT_MAX_BYTES = 4096;
/** Space for the largest event: one string of that size, and the rest, which is short. */
export const EVENT_MAX_BYTES = 4 * TEXT_MAX_BYTES;

/** EventKey is the part of an event that is the same for all calls of a route. */
export interface EventKey {
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly httpMethod: string;
  readonly resourcePath: string;
}

/** EventFacts is the rest of an event, except its sequence number. Integers; times in the unit of the name. */
export interface EventFacts {
  readonly endTimeUnixMs: number;
  readonly status: number;
  readonly latencyUs: number;
  readonly integrationLatencyUs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly requestId: string;
  /** The API key and the plan that the call counted against: at most 10 ASCII characters each; empty: none. */
  readonly apiKeyId: string;
  readonly usagePlanId: string;
}

/** encodeKey encodes the fields of a key once, for all events of a route. */
export function encodeKey(key: EventKey): Buffer {
  const texts: [number, string][] = [
    [tagOf(field.accountId), key.accountId],
    [tagOf(field.apiId), key.apiId],
    [tagOf(field.stage), key.stage],
    [tagOf(field.httpMethod), key.httpMethod],
    [tagOf(field.resourcePath), key.resourcePath],
  ];
  return Buffer.concat(texts.flatMap(([tag, text]) => (text === "" ? [] : encodeText(tag, text))));
}

function encodeText(tag: number, text: string): readonly Buffer[] {
  const bytes = Buffer.alloc(Math.min(Buffer.byteLength(text), TEXT_MAX_BYTES));
  // encodeInto ends before a character that does not fit: half of one could not be decoded.
  const { written } = new TextEncoder().encodeInto(text, bytes);
  const head = Buffer.alloc(4);
  head[0] = tag;
  return [head.subarray(0, putVarint(head, 1, written)), bytes.subarray(0, written)];
}

/**
 * putEvent writes one element of UsageBatch.events and returns its end. It writes the bytes of a protocol buffer library without
 * building a message; the length always takes two bytes, which every decoder reads.
 */
export function putEvent(out: Buffer, at: number, key: Buffer, seq: number, facts: EventFacts): number {
  out[at] = EVENTS;
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
  out[p++] = facts.requestId.length; // ASCII, below 128 characters: one byte
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
