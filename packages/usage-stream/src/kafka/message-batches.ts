import type { TopicMessage } from "./sender.ts";

/** Brokers refuse what a partition gets at once if it is more than a megabyte, where nothing else is set (Kafka: message.max.bytes). */
export const BATCH_MAX_BYTES = 900_000;
/** What a message has besides its key and its value: at most five lengths, and its offset and time within the batch. */
const OVERHEAD_BYTES = 32;

/** messageBytes is how much a message takes in a batch. */
const messageBytes = ({ key, value }: TopicMessage): number =>
  Buffer.byteLength(key) + value.length + OVERHEAD_BYTES;

/** messageBatches divides messages, in their order, into batches that a broker takes at once, whichever partitions they go to. A larger message is one by itself. */
export function messageBatches(messages: readonly TopicMessage[]): readonly (readonly TopicMessage[])[] {
  const batches: TopicMessage[][] = [];
  let left = 0;
  for (const message of messages) {
    const bytes = messageBytes(message);
    const last = batches.at(-1);
    if (last && bytes <= left) last.push(message);
    else {
      batches.push([message]);
      left = BATCH_MAX_BYTES;
    }
    left -= bytes;
  }
  return batches;
}
