import { expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { openTopics } from "./topics.ts";

it("senders of topics that were not used lately are closed, and all at the end", async () => {
  const open = new Set<string>();
  const sent: string[] = [];
  const kafka = { brokers: ["127.0.0.1:9"] } as never;
  const topics = openTopics(kafka, createLogger("test", "silent"), ({ topic: { name } }) => {
    open.add(name);
    return {
      send: async ([message]) => void sent.push(`${name} ${message?.key}`),
      [Symbol.asyncDispose]: async () => void open.delete(name),
    };
  });
  for (let i = 0; i < 100; i++) {
    await topics.send("often", "k", Buffer.from("{}"));
    await topics.send(`topic-${i}`, "k", Buffer.from("{}"));
  }
  expect([sent.length, open.size, open.has("often"), open.has("topic-0"), open.has("topic-99")]).toEqual([
    200,
    64,
    true,
    false,
    true,
  ]);
  await topics[Symbol.asyncDispose]();
  expect(open.size).toBe(0);
});
