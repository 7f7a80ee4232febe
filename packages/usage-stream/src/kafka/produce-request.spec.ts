import createRequest from "kafkajs/src/protocol/request.js";
import produce, { type ProduceInput } from "kafkajs/src/protocol/requests/produce/index.js";
import { expect, it, vi } from "vitest";
import { RequestMemory } from "./request-memory.ts";

const original = produce.protocol;
const { sendInPlace } = await import("./produce-request.ts");
sendInPlace();

const bytesOf = (count: number, seed: number) =>
  Buffer.from(Array.from({ length: count }, (_, i) => i * seed));
const inputOf = (topicData: ProduceInput["topicData"], more: Partial<ProduceInput> = {}): ProduceInput => ({
  acks: -1,
  timeout: 30_000,
  compression: 0,
  topicData,
  ...more,
});
const of = (...values: readonly Buffer[]) =>
  values.map((value, i) => ({ key: `node-${i}/0/é${"x".repeat(i * 40)}`, value }));

async function wholeRequest(protocol: typeof produce.protocol, input: ProduceInput, clientId = "node-0") {
  const { request } = protocol({ version: 7 })(input);
  return Buffer.from((await createRequest({ correlationId: 7, clientId, request })).buffer).toString("hex");
}

it.each<[string, ProduceInput, string?]>([
  [
    "one message",
    inputOf([{ topic: "usage", partitions: [{ partition: 3, messages: of(bytesOf(300, 7)) }] }]),
  ],
  [
    "an empty value",
    inputOf([{ topic: "usage", partitions: [{ partition: 0, messages: of(bytesOf(0, 1)) }] }]),
  ],
  [
    "many messages, some of which need longer lengths",
    inputOf([
      {
        topic: "usage",
        partitions: [
          { partition: 0, messages: of(...Array.from({ length: 130 }, (_, i) => bytesOf(i * 3, i))) },
          { partition: 11, messages: of(bytesOf(70_000, 3), bytesOf(1, 9)) },
        ],
      },
      { topic: "logs-é", partitions: [{ partition: 1, messages: of(bytesOf(63, 5)) }] },
    ]),
  ],
  [
    "a client whose id is longer than the room in front of a request",
    inputOf([{ topic: "usage", partitions: [{ partition: 3, messages: of(bytesOf(300, 7)) }] }]),
    "c".repeat(2_000),
  ],
  [
    "messages with headers, which are not written in place",
    inputOf([
      {
        topic: "usage",
        partitions: [{ partition: 3, messages: [{ key: "k", value: bytesOf(9, 1), headers: { a: "b" } }] }],
      },
    ]),
  ],
])("requests in place have the bytes that kafkajs writes: %s", async (_what, input, clientId) => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
  try {
    expect(await wholeRequest(produce.protocol, input, clientId)).toBe(
      await wholeRequest(original, input, clientId),
    );
  } finally {
    vi.useRealTimers();
  }
});

it("memory of a request is used again only after its response", async () => {
  const input = inputOf([{ topic: "usage", partitions: [{ partition: 3, messages: of(bytesOf(300, 7)) }] }]);
  const send = async () => {
    const { request, response } = produce.protocol({ version: 7 })(input);
    const { buf } = await request.encode();
    return { memory: buf.buffer, respond: () => response.decode(Buffer.alloc(8)) };
  };
  const first = await send();
  const second = await send();
  expect(second.memory === first.memory).toBe(false);
  await first.respond();
  const third = await send();
  expect(third.memory === first.memory).toBe(true);
  await third.respond();
  // A second response to one request gives nothing back twice.
  await third.respond();
  const [a, b] = [await send(), await send()];
  expect(a.memory === b.memory).toBe(false);
});

it("memory is kept for a few requests, and none that is large", () => {
  const memory = new RequestMemory();
  const large = memory.take(3 * 1024 * 1024);
  memory.give(large);
  expect(memory.take(3 * 1024 * 1024) === large).toBe(false);
  const [a, b, c] = [memory.take(1), memory.take(1), memory.take(100_000)];
  for (const buffer of [a, b, c]) memory.give(buffer);
  expect(memory.take(100_000) === c).toBe(true);
  expect(memory.take(1) === b).toBe(true);
  expect(memory.take(1) === a).toBe(false);
});
