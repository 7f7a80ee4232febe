import { EventEmitter } from "node:events";
import type { EachBatchPayload } from "kafkajs";
import { expect, it, vi } from "vitest";
import type { Logger } from "@tollgate/telemetry";
import { countBatches, seekOnAssignment } from "./receiver.ts";

it("a position that cannot be read is logged, and the other partitions continue at theirs", async () => {
  const emitter = new EventEmitter();
  const [warn, seek] = [vi.fn(), vi.fn()];
  const consumer = {
    events: { GROUP_JOIN: "join" },
    on: (name: string, heard: () => void) => emitter.on(name, heard),
    seek,
  };
  const nextOffset = async (_topic: string, partition: number) => {
    if (partition === 0) throw new Error("the database is away");
    return 7;
  };
  seekOnAssignment(consumer as never, "usage", { nextOffset }, { warn } as unknown as Logger);
  emitter.emit("join", { payload: { memberAssignment: { usage: [0, 1] } } });
  await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce(), { timeout: 20_000 });
  expect(warn.mock.calls[0]?.[0]).toEqual({ partition: 0, error: "Error: the database is away" });
  expect(seek.mock.calls).toEqual([[{ topic: "usage", partition: 1, offset: "7" }]]);
});

/** A partition with messages of these texts, as a consumer gives them. */
const payloadOf = (texts: readonly string[], heartbeat: () => Promise<void>) =>
  ({
    batch: {
      partition: 3,
      messages: texts.map((text, i) => ({ value: Buffer.from(text), timestamp: "5", offset: `${10 + i}` })),
    },
    heartbeat,
    isRunning: () => true,
    isStale: () => false,
  }) as unknown as EachBatchPayload;

it("what is fetched is counted together, and the broker hears of the consumer while that takes long", async () => {
  const counted: unknown[] = [];
  let beats = 0;
  // A beat that fails meanwhile ends nothing: the one after the counting says it again.
  const heartbeat = async () => {
    if (++beats === 2) throw new Error("the group is rebalancing");
  };
  const count = async (batches: readonly { readonly value: Uint8Array }[], position: object) => {
    await vi.waitFor(() => expect(beats).toBeGreaterThan(3), { timeout: 20_000 });
    counted.push(
      batches.map(({ value }) => Buffer.from(value).toString()),
      position,
    );
  };
  await countBatches("usage", { count }, 1)(payloadOf(["a", "b"], heartbeat));
  expect(counted).toEqual([["a", "b"], { topic: "usage", partition: 3, nextOffset: 12 }]);
  const afterwards = beats;
  await new Promise(setImmediate);
  expect(beats).toBe(afterwards);
});

it("a partition that was given to another consumer is not counted further", async () => {
  const count = vi.fn(async () => undefined);
  const lost = async () => {
    throw new Error("the group is rebalancing");
  };
  const texts = Array.from({ length: 500 }, (_, i) => `${i}`);
  await expect(countBatches("usage", { count }, 60_000)(payloadOf(texts, lost))).rejects.toThrow(
    "rebalancing",
  );
  expect(count).toHaveBeenCalledOnce();
});

it("what failed is counted again with fewer messages at a time, and more of them where that succeeds", async () => {
  const sizes: number[] = [];
  let isSlow = true;
  let counted = 0;
  const count = async (batches: readonly unknown[]) => {
    sizes.push(batches.length);
    if (isSlow && batches.length > 5) throw new Error("no reply in time");
    counted += batches.length;
  };
  const each = countBatches("usage", { count }, 60_000);
  const beat = async () => undefined;
  const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
  const deliver = () => each(payloadOf(texts.slice(counted), beat));
  while (counted < 3) await deliver().catch(() => undefined);
  expect(sizes.slice(0, 4)).toEqual([100, 25, 6, 1]);
  isSlow = false;
  while (counted < 100) await deliver();
  expect(counted).toBe(100);
  expect(Math.max(...sizes.slice(-4))).toBeGreaterThan(10);
});
