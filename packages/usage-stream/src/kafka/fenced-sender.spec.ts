import type { Kafka, Message } from "kafkajs";
import { expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { createFencedSender } from "./fenced-sender.ts";

/** A broker with the default of message.max.bytes, and one partition. */
const BROKER_MAX_BYTES = 1_048_588;

function broker() {
  const committed: string[] = [];
  const batches: number[] = [];
  const transaction = async () => {
    const open: string[] = [];
    return {
      async send({ messages }: { readonly messages: readonly Message[] }) {
        const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
        if (bytes > BROKER_MAX_BYTES) throw new Error("MESSAGE_TOO_LARGE");
        batches.push(messages.length);
        open.push(...messages.map(({ key }) => String(key)));
      },
      commit: async () => void committed.push(...open),
      abort: async () => undefined,
    };
  };
  const nothing = async () => undefined;
  const producer = () => ({ connect: nothing, disconnect: nothing, transaction });
  const admin = () => ({
    connect: nothing,
    disconnect: nothing,
    listTopics: async () => ["invoices"],
    fetchTopicOffsets: async () => [
      { partition: 0, low: "3", high: "9007199254740000" },
      { partition: 1, low: "0", high: "2" },
    ],
  });
  return { committed, batches, kafka: { producer, admin } as unknown as Kafka };
}

const open = (kafka: Kafka) =>
  createFencedSender(
    {
      kafka: { brokers: ["127.0.0.1:9"] } as never,
      clientId: "test",
      topic: { name: "invoices", partitions: 1 },
      logger: createLogger("test", "silent"),
    },
    () => kafka,
  );

const message = (key: string, bytes: number) => ({ key, value: Buffer.alloc(bytes) });

it("messages of more than a broker takes at once are one transaction, in their order", async () => {
  const { kafka, committed, batches } = broker();
  await using sender = await open(kafka);
  const sizes = [900_000, 1, 600_000, 200_000, 900_000, 1, 1];
  await sender.send(sizes.map((bytes, i) => message(`m${i}`, bytes)));
  expect(committed).toEqual(sizes.map((_, i) => `m${i}`));
  expect(batches).toEqual([1, 3, 1, 2]);
});

it("of messages of which a part is refused, consumers see none", async () => {
  const { kafka, committed } = broker();
  await using sender = await open(kafka);
  await expect(sender.send([message("small", 1), message("large", 2_000_000)])).rejects.toThrow(
    "MESSAGE_TOO_LARGE",
  );
  expect(committed).toEqual([]);
});

it("the end of a topic is that of all its partitions, whatever is dropped at their starts", async () => {
  await using sender = await open(broker().kafka);
  expect(await sender.end()).toBe(9_007_199_254_740_002);
});
