// Counts the calls on Tollgate's usage topic once each, and checks every batch. It reads up to the present end of the topic.
//
//     npm install kafkajs @bufbuild/protobuf       (and `buf generate proto` for the messages)
//     node consumer.ts 127.0.0.1:9092
import { randomUUID } from "node:crypto";
import { crc32 } from "node:zlib";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Kafka, logLevel } from "kafkajs";
import { type UsageBatch, UsageBatchSchema } from "@tollgate/proto/usage";

const TOPIC = "tollgate.usage.v1";
const FAR_MS = 300_000;

/** The checksum covers the field "events" as a protocol buffer library encodes it. */
const isSound = ({ events, eventsCrc32 }: UsageBatch): boolean =>
  crc32(toBinary(UsageBatchSchema, create(UsageBatchSchema, { events }))) === eventsCrc32;

const counted = { calls: 0, missing: 0, damaged: 0, early: 0 };
/** The highest sequence number of each source that was seen: what is not above it was sent again. */
const seen = new Map<string, number>();

function count(value: Uint8Array, receivedMs: number): void {
  const batch = fromBinary(UsageBatchSchema, value);
  if (!isSound(batch)) {
    counted.damaged++; // later batches show its events as missing
    return;
  }
  let last = seen.get(batch.source) ?? 0;
  const fresh = batch.events.filter(({ seq }) => Number(seq) > last);
  if (fresh.length > 0) {
    counted.missing += Math.max(0, Number(batch.firstSeq) - last - 1);
    last = Number(batch.lastSeq);
  }
  counted.calls += fresh.length;
  // Kafka's timestamp is when the broker received the batch: it does not depend on the clock of the node.
  counted.early += fresh.filter(({ endTimeUnixMs }) => Number(endTimeUnixMs) - receivedMs > FAR_MS).length;
  // Without events, a batch says up to where the source will send nothing any more.
  counted.missing += Math.max(0, Number(batch.settledSeq) - last);
  seen.set(batch.source, Math.max(last, Number(batch.settledSeq)));
}

const [broker = "127.0.0.1:9092"] = process.argv.slice(2);
const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();
const offsets = await admin.fetchTopicOffsets(TOPIC);
await admin.disconnect();
const waiting = new Map(
  offsets
    .filter(({ low, high }) => Number(high) > Number(low))
    .map(({ partition, high }) => [partition, Number(high)]),
);
if (waiting.size > 0) {
  const consumer = kafka.consumer({ groupId: `usage-example-${randomUUID()}` });
  const done = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message: { value, timestamp, offset } }) => {
      const end = waiting.get(partition);
      if (value && end !== undefined) count(value, Number(timestamp));
      if (end !== undefined && Number(offset) + 1 >= end) waiting.delete(partition);
      if (waiting.size === 0) done.resolve();
    },
  });
  await done.promise;
  await consumer.disconnect();
}
console.log(JSON.stringify(counted));
