import { create, toBinary } from "@bufbuild/protobuf";
import {
  ApiKind,
  AuthorizerOutcome,
  CacheOutcome,
  Fault,
  FreeReason,
  UsageBatchSchema,
  UsageEventSchema,
} from "@tollgate/proto/usage";
import { longTagOf, putVarint, tagOf, varintBytes } from "./wire.ts";

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
const MESSAGE_COUNT = longTagOf(field.messageCount);
const CONNECTION_MINUTES = longTagOf(field.connectionMinutes);
const API_KIND = longTagOf(field.apiKind);
const FREE_REASON = longTagOf(field.freeReason);
const CONNECTION_API_KEY_ID = longTagOf(field.connectionApiKeyId);
const CONNECTION_USAGE_PLAN_ID = longTagOf(field.connectionUsagePlanId);
const API_NAME = longTagOf(field.apiName);
const CANARY = longTagOf(field.canary);
const DETAILED_METRICS = longTagOf(field.detailedMetrics);
const CACHE_OUTCOME = longTagOf(field.cacheOutcome);
const FAULT = longTagOf(field.fault);
const CONNECT_INTEGRATION = longTagOf(field.connectIntegration);
const REQUEST_UNITS = longTagOf(field.requestUnits);
const STREAMED = longTagOf(field.streamed);
const AUTHORIZER_OUTCOME = longTagOf(field.authorizerOutcome);
const CONFIG_REVISION = longTagOf(field.configRevision);
const DOMAIN_NAME = longTagOf(field.domainName);
const TRACE_ID = longTagOf(field.traceId);
const CUSTOMER_ID = longTagOf(field.customerId);
const CACHE_SIZE = longTagOf(field.cacheSize);
const DEPLOYMENT_ID = longTagOf(field.deploymentId);

/** A template longer than this is cut in the record. */
const TEXT_MAX_BYTES = 4096;
/** Names in the DNS are no longer (RFC 1035, 2.3.4), nor are ids of customers. */
const NAME_MAX_CHARS = 253;
/** Space for the largest event: strings of that size, and the rest, which is short. What its stage adds comes on top. */
const OWN_MAX_BYTES = 4 * TEXT_MAX_BYTES;
/** What the length of nearly all events takes: those of 128 bytes to 16 KB. */
const LENGTH_BYTES = 2;

/** EventKey is the part of an event that is the same for all calls of a route. */
export interface EventKey {
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly httpMethod: string;
  readonly resourcePath: string;
}

/** MetricKey is what metrics need besides, which is the same for all calls of a route, too. */
export interface MetricKey {
  /** Of REST APIs, in ASCII; else empty. */
  readonly apiName: string;
  readonly isCanary: boolean;
  /** The route has metrics of its own. */
  readonly isDetailed: boolean;
}

/** StageFacts is the part of an event that is the same for all calls of a stage. */
export interface StageFacts {
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
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
  /** Messages of a WebSocket API, in units of 32 KB; 0: it is a call, or minutes. */
  readonly messageCount: number;
  /** Minutes for which clients were connected to a WebSocket API; 0: it is a call, or messages. */
  readonly connectionMinutes: number;
  readonly apiKind: ApiKind;
  /** Why the call is not charged. */
  readonly freeReason: FreeReason;
  /** Of messages and minutes of a connection: the key and plan that it was opened with. At most 10 ASCII characters each. */
  readonly connectionKey: { readonly apiKeyId: string; readonly usagePlanId: string } | undefined;
  /** From encodeMetricKey; undefined: the event is not a call. */
  readonly metricKey: Buffer | undefined;
  readonly cacheOutcome: CacheOutcome;
  readonly fault: Fault;
  readonly isConnect: boolean;
  /** Units of the meter of calls of the API's kind; 0: there is none. */
  readonly requestUnits: number;
  readonly isStreamed: boolean;
  readonly authorizerOutcome: AuthorizerOutcome;
  readonly configRevision: number;
  /** Empty: the call came to the API's own address. */
  readonly domainName: string;
  /** ASCII, of fewer than 128 characters; empty: there is none. */
  readonly traceId: string;
  /** Made by encodeStageFacts. */
  readonly stageFacts: Buffer;
  /** At most 253 characters; empty: there is none. */
  readonly customerId: string;
  /** In GB, such as 0.5: the stage had a cache in this hour, and the event is no call. Empty: it is none of a cache. */
  readonly cacheSize: string;
  /** At most 253 characters; empty: none served the call. */
  readonly deploymentId: string;
  /** Made by encodeMeterValues; empty: there are none. */
  readonly meterValues: Buffer;
}

/** NO_BYTES are fields that are not there. */
const NO_BYTES = Buffer.alloc(0);

/** NO_FACTS is an event that says nothing: others differ from it in what they say. */
export const NO_FACTS: EventFacts = {
  endTimeUnixMs: 0,
  status: 0,
  latencyUs: 0,
  integrationLatencyUs: 0,
  requestBytes: 0,
  responseBytes: 0,
  requestId: "",
  apiKeyId: "",
  usagePlanId: "",
  messageCount: 0,
  connectionMinutes: 0,
  apiKind: ApiKind.UNSPECIFIED,
  freeReason: FreeReason.UNSPECIFIED,
  connectionKey: undefined,
  metricKey: undefined,
  cacheOutcome: CacheOutcome.UNSPECIFIED,
  fault: Fault.UNSPECIFIED,
  isConnect: false,
  requestUnits: 0,
  isStreamed: false,
  authorizerOutcome: AuthorizerOutcome.UNSPECIFIED,
  configRevision: 0,
  domainName: "",
  traceId: "",
  stageFacts: NO_BYTES,
  customerId: "",
  cacheSize: "",
  deploymentId: "",
  meterValues: NO_BYTES,
};

/** eventMaxBytes is space that is enough for an event. */
export const eventMaxBytes = ({ stageFacts, meterValues }: EventFacts): number =>
  OWN_MAX_BYTES + stageFacts.length + meterValues.length;

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

/** encodeMetricKey encodes what metrics need once, for all events of a route. */
export function encodeMetricKey({ apiName, isCanary, isDetailed }: MetricKey): Buffer {
  const flags = [...(isCanary ? [CANARY] : []), ...(isDetailed ? [DETAILED_METRICS] : [])].map((tag) => {
    const flag = Buffer.alloc(4);
    return flag.subarray(0, putLaterNumber(flag, 0, tag, 1));
  });
  return Buffer.concat([...(apiName === "" ? [] : encodeText(API_NAME, apiName)), ...flags]);
}

/** encodeStageFacts encodes what all events of a stage have in common, once for all of them. */
export function encodeStageFacts({ region, tags }: StageFacts): Buffer {
  const inOrder = Object.keys(tags).sort();
  const event = create(UsageEventSchema, {
    region,
    tags: inOrder.map((key) => ({ key, value: tags[key] ?? "" })),
  });
  return Buffer.from(toBinary(UsageEventSchema, event));
}

/** encodeMeterValues encodes what a response adds to meters. */
export function encodeMeterValues(
  values: readonly { readonly meter: string; readonly units: number }[],
): Buffer {
  if (values.length === 0) return NO_BYTES;
  const meterValues = values.map(({ meter, units }) => ({ meter, units: BigInt(units) }));
  return Buffer.from(toBinary(UsageEventSchema, create(UsageEventSchema, { meterValues })));
}

function encodeText(tag: number, text: string): readonly Buffer[] {
  const bytes = Buffer.alloc(Math.min(Buffer.byteLength(text), TEXT_MAX_BYTES));
  // encodeInto ends before a character that does not fit: half of one could not be decoded.
  const { written } = new TextEncoder().encodeInto(text, bytes);
  const head = Buffer.alloc(8);
  return [head.subarray(0, putVarint(head, putVarint(head, 0, tag), written)), bytes.subarray(0, written)];
}

/**
 * putEvent writes one element of UsageBatch.events and returns its end. It writes exactly the bytes of a protocol buffer library, without
 * building a message: fields in order, numbers that are 0 left out, lengths as short as possible. So a checksum over events can be
 * checked by encoding them again.
 */
export function putEvent(out: Buffer, at: number, key: Buffer, seq: number, facts: EventFacts): number {
  const start = at + 1 + LENGTH_BYTES;
  let p = putNumber(out, start, SEQ, seq);
  p = putNumber(out, p, END_TIME, facts.endTimeUnixMs);
  p += key.copy(out, p);
  p = putNumber(out, p, STATUS, facts.status);
  p = putNumber(out, p, LATENCY, facts.latencyUs);
  p = putNumber(out, p, INTEGRATION_LATENCY, facts.integrationLatencyUs);
  p = putNumber(out, p, REQUEST_BYTES, facts.requestBytes);
  p = putNumber(out, p, RESPONSE_BYTES, facts.responseBytes);
  p = putText(out, p, REQUEST_ID, facts.requestId);
  if (facts.usagePlanId !== "") {
    p = putText(out, p, API_KEY_ID, facts.apiKeyId);
    p = putText(out, p, USAGE_PLAN_ID, facts.usagePlanId);
  }
  p = putLaterNumber(out, p, MESSAGE_COUNT, facts.messageCount);
  p = putLaterNumber(out, p, CONNECTION_MINUTES, facts.connectionMinutes);
  p = putLaterNumber(out, p, API_KIND, facts.apiKind);
  p = putLaterNumber(out, p, FREE_REASON, facts.freeReason);
  const { connectionKey } = facts;
  if (connectionKey) {
    p = putLaterText(out, p, CONNECTION_API_KEY_ID, connectionKey.apiKeyId);
    p = putLaterText(out, p, CONNECTION_USAGE_PLAN_ID, connectionKey.usagePlanId);
  }
  if (facts.metricKey) p += facts.metricKey.copy(out, p);
  p = putLaterNumber(out, p, CACHE_OUTCOME, facts.cacheOutcome);
  p = putLaterNumber(out, p, FAULT, facts.fault);
  p = putLaterNumber(out, p, CONNECT_INTEGRATION, facts.isConnect ? 1 : 0);
  p = putLaterNumber(out, p, REQUEST_UNITS, facts.requestUnits);
  p = putLaterNumber(out, p, STREAMED, facts.isStreamed ? 1 : 0);
  p = putLaterNumber(out, p, AUTHORIZER_OUTCOME, facts.authorizerOutcome);
  p = putLaterNumber(out, p, CONFIG_REVISION, facts.configRevision);
  p = putName(out, p, DOMAIN_NAME, facts.domainName);
  p = putLaterText(out, p, TRACE_ID, facts.traceId);
  p += facts.stageFacts.copy(out, p);
  p = putName(out, p, CUSTOMER_ID, facts.customerId);
  p = putLaterText(out, p, CACHE_SIZE, facts.cacheSize);
  p = putName(out, p, DEPLOYMENT_ID, facts.deploymentId);
  return putHead(out, at, start, p + facts.meterValues.copy(out, p));
}

/** Puts the head of an element in front of its content, which is moved where its length does not take LENGTH_BYTES; returns where it ends. */
function putHead(out: Buffer, at: number, start: number, end: number): number {
  const length = end - start;
  const content = at + 1 + varintBytes(length);
  if (content !== start) out.copyWithin(content, start, end);
  out[at] = EVENTS;
  putVarint(out, at + 1, length);
  return content + length;
}

function putNumber(out: Buffer, at: number, tag: number, value: number): number {
  if (value === 0) return at;
  out[at] = tag;
  return putVarint(out, at + 1, value);
}

function putLaterNumber(out: Buffer, at: number, tag: number, value: number): number {
  return value === 0 ? at : putVarint(out, putVarint(out, at, tag), value);
}

/** Texts here are ASCII and shorter than 128 characters: their length takes one byte. */
function putText(out: Buffer, at: number, tag: number, text: string): number {
  if (text === "") return at;
  out[at] = tag;
  out[at + 1] = text.length;
  return at + 2 + out.write(text, at + 2, "latin1");
}

function putLaterText(out: Buffer, at: number, tag: number, text: string): number {
  if (text === "") return at;
  const p = putVarint(out, at, tag);
  out[p] = text.length;
  return p + 1 + out.write(text, p + 1, "latin1");
}

/** Names may be longer than other texts. Whatever a client put into a host name has to be valid UTF-8 here. */
function putName(out: Buffer, at: number, tag: number, name: string): number {
  if (name === "") return at;
  const text = cutName(name);
  const p = putVarint(out, putVarint(out, at, tag), Buffer.byteLength(text));
  return p + out.write(text, p, "utf8");
}

const cutName = (name: string): string =>
  name.length > NAME_MAX_CHARS ? name.slice(0, NAME_MAX_CHARS) : name;
