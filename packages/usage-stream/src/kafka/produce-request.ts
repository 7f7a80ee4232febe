// Packages that import this one are checked by configurations of their own, which do not name the declaration.
// eslint-disable-next-line typescript/triple-slash-reference
/// <reference path="./kafkajs-internals.d.ts" />
import Encoder from "kafkajs/src/protocol/encoder.js";
import produce, { type Message, type ProduceInput } from "kafkajs/src/protocol/requests/produce/index.js";
import { putVarint, varintBytes } from "../wire.ts";
import { crc32c } from "./crc32c.ts";
import { RequestMemory } from "./request-memory.ts";

/** From this version on, requests have record batches. */
const RECORD_BATCHES = 3;
/** Room for what kafkajs writes in front: the length, the header of a request with the id of the client. */
const HEADER_BYTES = 1024;
/** Of the request before its topics, and of a record batch before its records. */
const REQUEST_BYTES = 2 + 2 + 4 + 4;
const BATCH_BYTES = 61;
/** In a record batch: where its length counts from, and where its checksum does. */
const LENGTH_END = 12;
const ATTRIBUTES = 21;
const MAGIC = 2;

/** Lengths and offsets of records are zigzag varints; none of them is negative. */
const zigzagBytes = (value: number): number => varintBytes(value * 2);
const putZigzag = (out: Buffer, at: number, value: number): number => putVarint(out, at, value * 2);

/** EncodedInPlace is the end of a request, in memory that has room for its beginning. */
class EncodedInPlace extends Encoder {
  readonly #start: number;

  constructor(memory: Buffer, start: number, end: number) {
    super(1);
    this.buf = memory;
    this.offset = end;
    this.#start = start;
  }

  override get buffer(): Buffer {
    return this.buf.subarray(this.#start, this.offset);
  }

  override size(): number {
    return this.offset - this.#start;
  }

  /** behind puts what comes before in front of it. */
  behind({ buffer: head }: Encoder): EncodedInPlace {
    const start = this.#start - head.length;
    if (start >= 0) {
      head.copy(this.buf, start);
      return new EncodedInPlace(this.buf, start, this.offset);
    }
    const whole = Buffer.concat([head, this.buffer]);
    return new EncodedInPlace(whole, 0, whole.length);
  }
}

/** The size of a record without its own length. */
const recordBytes = ({ key, value }: Message, offset: number): number => {
  const keyBytes = Buffer.byteLength(key);
  return (
    3 + zigzagBytes(offset) + zigzagBytes(keyBytes) + keyBytes + zigzagBytes(value.length) + value.length
  );
};

const batchBytes = (messages: readonly Message[]): number =>
  messages.reduce((bytes, message, i) => {
    const own = recordBytes(message, i);
    return bytes + zigzagBytes(own) + own;
  }, BATCH_BYTES);

const requestBytes = ({ topicData }: ProduceInput): number =>
  topicData.reduce(
    (bytes, { topic, partitions }) =>
      partitions.reduce(
        (sum, { messages }) => sum + 8 + batchBytes(messages),
        bytes + 6 + Buffer.byteLength(topic),
      ),
    REQUEST_BYTES,
  );

function putRecord(out: Buffer, at: number, message: Message, offset: number): number {
  const { key, value } = message;
  let p = putZigzag(out, at, recordBytes(message, offset));
  out[p++] = 0; // attributes: none are defined
  out[p++] = 0; // behind the first timestamp
  p = putZigzag(out, p, offset);
  p = putZigzag(out, p, Buffer.byteLength(key));
  p += out.write(key, p);
  p = putZigzag(out, p, value.length);
  p += value.copy(out, p);
  out[p++] = 0; // headers
  return p;
}

/** A record batch (Kafka's documentation, "Record Batch") of a producer that is not idempotent. The bytes are those that kafkajs writes. */
function putBatch(out: Buffer, at: number, messages: readonly Message[], unixMs: number): number {
  out.fill(0, at, at + BATCH_BYTES);
  out[at + 16] = MAGIC;
  out.writeInt32BE(messages.length - 1, at + 23);
  out.writeBigInt64BE(BigInt(unixMs), at + 27);
  out.writeBigInt64BE(BigInt(unixMs), at + 35);
  out.writeBigInt64BE(-1n, at + 43); // the producer has no id
  out.writeInt32BE(messages.length, at + 57);
  let p = at + BATCH_BYTES;
  for (const [i, message] of messages.entries()) p = putRecord(out, p, message, i);
  out.writeInt32BE(p - at - LENGTH_END, at + 8);
  out.writeUInt32BE(crc32c(out, at + ATTRIBUTES, p), at + 17);
  return p;
}

function encode(memory: Buffer, { acks, timeout, topicData }: ProduceInput): EncodedInPlace {
  let p = memory.writeInt16BE(-1, HEADER_BYTES); // no transaction
  p = memory.writeInt16BE(acks, p);
  p = memory.writeInt32BE(timeout, p);
  p = memory.writeInt32BE(topicData.length, p);
  for (const { topic, partitions } of topicData) {
    p = memory.writeInt16BE(Buffer.byteLength(topic), p);
    p += memory.write(topic, p);
    p = memory.writeInt32BE(partitions.length, p);
    for (const { partition, messages } of partitions) {
      p = memory.writeInt32BE(partition, p);
      const start = p + 4;
      const end = putBatch(memory, start, messages, Date.now());
      memory.writeInt32BE(end - start, p);
      p = end;
    }
  }
  return new EncodedInPlace(memory, HEADER_BYTES, p);
}

/** Whether a request has nothing but keys and values, as those of a TopicSender. */
const isPlain = ({ compression, transactionalId, producerId, topicData }: ProduceInput): boolean =>
  !compression &&
  !transactionalId &&
  (producerId === undefined || Number(producerId) === -1) &&
  topicData.every(({ partitions }) =>
    partitions.every(({ messages }) =>
      messages.every(
        ({ key, value, headers, timestamp, ...rest }) =>
          typeof key === "string" &&
          Buffer.isBuffer(value) &&
          headers === undefined &&
          timestamp === undefined &&
          Object.keys(rest).length === 0,
      ),
    ),
  );

const { protocol } = produce;
const { writeEncoder } = Encoder.prototype;
const memory = new RequestMemory();

/**
 * sendInPlace makes kafkajs 2.2.4 write messages into memory that is used again, once: it allocates and copies each of them about nine times
 * otherwise, and its checksum takes a byte at a time. All else of a request is still its own: connections, metadata, partitions, retries.
 */
export function sendInPlace(): void {
  Encoder.prototype.writeEncoder = function (this: Encoder, value) {
    return value instanceof EncodedInPlace ? value.behind(this) : writeEncoder.call(this, value);
  };
  produce.protocol = ({ version }) => {
    const create = protocol({ version });
    if (version < RECORD_BATCHES) return create;
    return (input) => {
      const { request, response } = create(input);
      if (!isPlain(input)) return { request, response };
      let taken: Buffer | undefined;
      return {
        request: {
          ...request,
          encode: () =>
            Promise.resolve(encode((taken = memory.take(HEADER_BYTES + requestBytes(input))), input)),
        },
        response: {
          ...response,
          decode(data) {
            // A broker responds to what it has read to its end. Of a request without a response, the socket may still have a part.
            if (taken) memory.give(taken);
            taken = undefined;
            return response.decode(data);
          },
        },
      };
    };
  };
}
