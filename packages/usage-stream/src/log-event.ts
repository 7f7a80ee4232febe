import { LogBatchSchema, LogEventSchema } from "@tollgate/proto/logs";
import { putVarint, tagOf, varintBytes } from "./wire.ts";

const EVENTS = tagOf(LogBatchSchema.field.events);
const { field } = LogEventSchema;
const SEQ = tagOf(field.seq);
const UNIX_MS = tagOf(field.unixMs);
const ACCOUNT_ID = tagOf(field.accountId);
const LOG_GROUP = tagOf(field.logGroup);
const MESSAGE = tagOf(field.message);
/** Tags, lengths and numbers of an event. */
const OTHERS_MAX_BYTES = 48;

/** LogFacts are an event of a log: its time, and its text in UTF-8. */
export interface LogFacts {
  readonly unixMs: number;
  readonly message: string;
  /** Of the message, in UTF-8. */
  readonly messageBytes: number;
}

/** encodeLogKey encodes what the events of a group have in common. */
export function encodeLogKey({
  accountId,
  logGroup,
}: {
  readonly accountId: string;
  readonly logGroup: string;
}): Buffer {
  const encoded = (tag: number, text: string): Buffer => {
    const bytes = Buffer.from(text);
    const head = Buffer.alloc(8);
    head[0] = tag;
    return Buffer.concat([head.subarray(0, putVarint(head, 1, bytes.length)), bytes]);
  };
  return Buffer.concat([encoded(ACCOUNT_ID, accountId), encoded(LOG_GROUP, logGroup)]);
}

/** logEventMaxBytes is the space that putLogEvent needs. */
export const logEventMaxBytes = (key: Buffer, { messageBytes }: LogFacts): number =>
  key.length + messageBytes + OTHERS_MAX_BYTES;

/** putLogEvent writes one element of LogBatch.events and returns its end: the bytes that a protocol buffer library writes. */
export function putLogEvent(out: Buffer, at: number, key: Buffer, seq: number, facts: LogFacts): number {
  const { unixMs, message, messageBytes } = facts;
  out[at] = EVENTS;
  const length =
    2 +
    varintBytes(seq) +
    varintBytes(unixMs) +
    key.length +
    (messageBytes === 0 ? 0 : 1 + varintBytes(messageBytes) + messageBytes);
  let p = putVarint(out, at + 1, length);
  out[p] = SEQ;
  p = putVarint(out, p + 1, seq);
  out[p] = UNIX_MS;
  p = putVarint(out, p + 1, unixMs);
  p += key.copy(out, p);
  if (messageBytes === 0) return p;
  out[p] = MESSAGE;
  p = putVarint(out, p + 1, messageBytes);
  return p + out.write(message, p);
}
