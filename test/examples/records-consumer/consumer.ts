// Sums the units on Tollgate's records topic and the amounts on its invoices topic. It reads up to the present ends of both.
//
//     npm install kafkajs @bufbuild/protobuf       (and `buf generate proto` for the messages)
//     node consumer.ts 127.0.0.1:9092
import { randomUUID } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { Kafka, logLevel } from "kafkajs";
import { InvoiceKind } from "@tollgate/proto/billing";
import { type InvoiceRecord, InvoiceRecordSchema } from "@tollgate/proto/invoice-records";
import { FreeReason, type UsageRecord, UsageRecordSchema } from "@tollgate/proto/usage";

const [broker = "127.0.0.1:9092"] = process.argv.slice(2);
const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });

/** Calls `take` with every message of a topic, up to its present end. */
async function readTopic(topic: string, take: (key: string, value: Uint8Array) => void): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const waiting = new Map(
    offsets
      .filter(({ low, high }) => Number(high) > Number(low))
      .map(({ partition, high }) => [partition, Number(high)]),
  );
  if (waiting.size === 0) return;
  const consumer = kafka.consumer({ groupId: `records-example-${randomUUID()}` });
  const done = Promise.withResolvers<void>();
  // Messages are sent in transactions, whose marks take offsets too: the last offset may be one, which no message has.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    if (Number(lastOffset) + 1 >= (waiting.get(partition) ?? 0)) waiting.delete(partition);
    if (waiting.size === 0) done.resolve();
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message: { key, value } }) => {
      if (value) take(String(key), value);
    },
  });
  await done.promise;
  await consumer.disconnect();
}

/** Of each key, the record with the highest revision: others are older, or repeated. */
async function readRecords<T extends { readonly revision: bigint }>(
  topic: string,
  decode: (value: Uint8Array) => T,
): Promise<readonly T[]> {
  const records = new Map<string, T>();
  await readTopic(topic, (key, value) => {
    const record = decode(value);
    const known = records.get(key);
    if (known === undefined || record.revision > known.revision) records.set(key, record);
  });
  return [...records.values()];
}

/** Amounts are text; millionths of the currency's unit as whole numbers are exact. */
function micros(amount: string): bigint {
  const [, sign = "", whole = "0", fraction = ""] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(amount) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(6, "0")}`);
}

const usage: Record<string, number> = {};
const records: readonly UsageRecord[] = await readRecords("tollgate.records.v1", (value) =>
  fromBinary(UsageRecordSchema, value),
);
for (const { apiKeyId, meter, freeReason, units } of records) {
  if (freeReason !== FreeReason.UNSPECIFIED) continue;
  const name = `${apiKeyId}/${meter}`;
  usage[name] = (usage[name] ?? 0) + Number(units);
}

const lines: Record<string, number> = {};
const due: Record<string, number> = {};
const invoices: readonly InvoiceRecord[] = await readRecords("tollgate.invoices.v1", (value) =>
  fromBinary(InvoiceRecordSchema, value),
);
for (const { invoice } of invoices) {
  if (!invoice) continue;
  const { number, kind, currency, total } = invoice;
  const isCredit = kind === InvoiceKind.CREDIT_NOTE;
  due[currency] = (due[currency] ?? 0) + Number(isCredit ? -micros(total) : micros(total));
  if (!isCredit)
    for (const { id, kind: of, quantity } of invoice.lines)
      if (of === "USAGE") lines[`${number}/${id}`] = Number(quantity);
}
console.log(JSON.stringify({ usage, lines, dueMicros: due }));
