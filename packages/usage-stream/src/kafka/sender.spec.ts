import type { Kafka, Producer } from "kafkajs";
import { beforeEach, expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { createTopicSender } from "./sender.ts";

/** Producers that are connected. */
const open = new Set<number>();
let made = 0;
let isFailing = false;

function producer(): Producer {
  const id = made++;
  return {
    connect: async () => void open.add(id),
    send: async () => {
      if (isFailing) throw new Error("no broker");
    },
    disconnect: async () => void open.delete(id),
  } as unknown as Producer;
}

beforeEach(() => {
  open.clear();
  made = 0;
  isFailing = false;
});

const admin = () => ({
  connect: async () => {},
  listTopics: async () => ["alerts"],
  disconnect: async () => {},
});

const sender = () =>
  createTopicSender(
    {
      kafka: { brokers: ["127.0.0.1:9"] } as never,
      clientId: "test",
      topic: { name: "alerts", partitions: 1 },
      logger: createLogger("test", "silent"),
    },
    () => ({ producer, admin }) as unknown as Kafka,
  );
const messages = [{ key: "k", value: Buffer.from("{}") }];

it("messages that are sent together share a connection, which is closed at the end", async () => {
  const topic = sender();
  await Promise.all(Array.from({ length: 20 }, () => topic.send(messages)));
  expect([made, open.size]).toEqual([1, 1]);
  await topic[Symbol.asyncDispose]();
  expect(open.size).toBe(0);
});

it("after failures of messages that were sent together one new connection is made", async () => {
  const topic = sender();
  isFailing = true;
  const failed = await Promise.allSettled(Array.from({ length: 20 }, () => topic.send(messages)));
  expect(failed.map(({ status }) => status)).toEqual(Array(20).fill("rejected"));
  expect([made, open.size]).toEqual([1, 0]);
  isFailing = false;
  await topic.send(messages);
  expect([made, open.size]).toEqual([2, 1]);
});
