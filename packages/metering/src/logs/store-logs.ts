import { createHash } from "node:crypto";
import type { LogStore, StreamEvents } from "@tollgate/log-store";
import type { Logger } from "@tollgate/telemetry";
import { decodeLogBatch } from "@tollgate/usage-stream";
import type { Counter, ReceivedBatch } from "@tollgate/usage-stream/kafka";

/** The stream of a source: 32 hex digits, as streams of API Gateway are named. */
const streamOf = (source: string): string => createHash("sha256").update(source).digest("hex").slice(0, 32);

/** eventsOf are the events of a batch by their groups; undefined: it cannot be read. */
function eventsOf({ value, receivedUnixMs }: ReceivedBatch): StreamEvents[] | undefined {
  const batch = decodeLogBatch(value);
  if (!batch) return undefined;
  const stream = streamOf(batch.source);
  const groups = Map.groupBy(batch.events, ({ accountId, logGroup }) => `${accountId} ${logGroup}`);
  return [...groups.values()].map((events) => ({
    accountId: events[0]?.accountId ?? "",
    logGroup: events[0]?.logGroup ?? "",
    stream,
    events: events.map(({ seq, unixMs, message }) => ({
      seq: Number(seq),
      unixMs: Number(unixMs),
      ingestionMs: receivedUnixMs,
      message,
    })),
  }));
}

/** noteFailures keeps what a counter failed with last, until it counts again. */
export function noteFailures(counter: Counter): Counter & { readonly failure: string | undefined } {
  let failure: string | undefined;
  return {
    ...counter,
    get failure() {
      return failure;
    },
    async count(batches, position) {
      try {
        await counter.count(batches, position);
        failure = undefined;
      } catch (error) {
        failure = (error as Error).message;
        throw error;
      }
    },
  };
}

/** storeLogs stores batches of log events with the position in their topic. What arrives again is stored once. */
export function storeLogs(store: LogStore, logger: Logger): Counter {
  return {
    async count(batches: readonly ReceivedBatch[], position) {
      const read = batches.map(eventsOf);
      const damaged = read.filter((events) => events === undefined).length;
      if (damaged > 0) logger.error({ damaged }, "batches of log events cannot be read");
      store.append(read.flatMap((events) => events ?? []));
      if (position.topic !== "") store.positions.set(position.topic, position.partition, position.nextOffset);
    },
    nextOffset: async (topic, partition) => store.positions.next(topic, partition),
    partitionsOf: async (topic) => store.positions.count(topic),
    restart: async (topic, partition) => store.positions.set(topic, partition, 0),
  };
}
