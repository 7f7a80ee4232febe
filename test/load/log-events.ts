import type { LogStore } from "@tollgate/log-store";
import { createLogger } from "@tollgate/telemetry";
import {
  encodeBatch,
  encodeLogKey,
  FRAME_HEADER_BYTES,
  putLogEvent,
  readFrame,
  writeFrameHeader,
} from "@tollgate/usage-stream";
import type { ReceivedBatch } from "@tollgate/usage-stream/kafka";
import { storeLogs } from "../../packages/metering/src/logs/store-logs.ts";
import { round } from "./cpu.ts";

export const GROUP = { accountId: "000000000000", logGroup: "/load/calls" };
/** Events of a batch, and batches that arrive together: what a busy worker sends, and what a fetch has. */
const BATCH_EVENTS = 500;
const BATCHES_AT_ONCE = 8;
const SOURCES = 4;
const NO_POSITION = { topic: "", partition: 0, nextOffset: 0 };
/** Of so many calls, one fails. */
const FAILURES_EVERY = 1_000;
const EVENTS_MAX_BYTES = 1024 * 1024;

/** A line as JSON access logs have it, with values that differ from call to call. */
function lineOf(i: number): string {
  const id = Math.imul(i, 0x9e3779b1) >>> 0;
  const requestId = `${id.toString(16).padStart(8, "0")}-${String(i)
    .padStart(12, "0")
    .replace(/^(.{4})(.{4})/, "$1-$2-4a1b-")}`;
  const status = i % FAILURES_EVERY === 0 ? 502 : 200;
  return `{"requestId":"${requestId}","ip":"198.51.${id % 200}.${i % 250}","caller":"-","user":"-","requestTime":"30/Nov/2026:12:${String(i % 60).padStart(2, "0")}:00 +0000","httpMethod":"GET","resourcePath":"/orders/{order}","path":"/prod/orders/${id % 100_000}","status":"${status}","protocol":"HTTP/1.1","responseLength":"${200 + (id % 4_000)}","responseLatency":"${id % 90}","integrationLatency":"${id % 80}","userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36","error":"-"}`;
}

/** Generated is how much a store was given. */
export interface Generated {
  events: number;
  bytes: number;
}

/** Batches of workers as metering receives them, from the event of a number on. */
function batchesFrom(generated: Generated, beganMs: number): ReceivedBatch[] {
  const key = encodeLogKey(GROUP);
  return Array.from({ length: BATCHES_AT_ONCE }, (_, batch) => {
    const out = Buffer.alloc(EVENTS_MAX_BYTES);
    const first = generated.events;
    let at = FRAME_HEADER_BYTES;
    for (let i = 0; i < BATCH_EVENTS; i++) {
      const message = lineOf(generated.events);
      const messageBytes = Buffer.byteLength(message);
      // A thousand calls a second.
      const unixMs = beganMs + generated.events;
      at = putLogEvent(out, at, key, first + i + 1, { unixMs, message, messageBytes });
      generated.events++;
      generated.bytes += messageBytes;
    }
    const bytes = out.subarray(0, at);
    writeFrameHeader(bytes, BATCH_EVENTS, first + 1);
    const read = readFrame(bytes, 0);
    if (typeof read === "string") throw new Error(read);
    const { value } = encodeBatch(`n/${batch % SOURCES}/ab`, [read.frame], { recordedSeq: generated.events });
    return { value, receivedUnixMs: unixMs(beganMs, generated) };
  });
}

const unixMs = (beganMs: number, { events }: Generated): number => beganMs + events;

/** fillStore stores events until there are so many bytes of messages, and returns how much of the process's processor time each of them takes. */
export async function fillStore(store: LogStore, bytes: number): Promise<Generated & { usPerEvent: number }> {
  const counter = storeLogs(store, createLogger("load", "error"));
  const generated: Generated = { events: 0, bytes: 0 };
  const beganMs = Date.now() - 3_600_000;
  let cpuUs = 0;
  while (generated.bytes < bytes) {
    const batches = batchesFrom(generated, beganMs);
    const before = process.cpuUsage();
    await counter.count(batches, NO_POSITION);
    const { user, system } = process.cpuUsage(before);
    cpuUs += user + system;
  }
  return { ...generated, usPerEvent: round(cpuUs / generated.events) };
}
