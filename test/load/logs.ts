import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compilePattern, type EventQuery, LogStore, placeOf, readEvents } from "@tollgate/log-store";
import { createLogger } from "@tollgate/telemetry";
import { round } from "./cpu.ts";
import { fillStore, GROUP } from "./log-events.ts";
import type { MeasuredReport } from "./report.ts";

const MB = 1024 * 1024;

/** What is searched. */
const PATTERNS: Readonly<Record<string, string>> = {
  term: '"no event has this"',
  json_text: '{ $.requestId = "no event has this" }',
  json_number: "{ $.responseLatency > 1000 }",
  json_status: '{ $.status = "502" }',
};

interface Searched {
  readonly found: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

/** Reads all pages, as a client does. */
async function search(store: LogStore, pattern: string): Promise<Searched> {
  const group = store.group(GROUP);
  const streams = new Map([...group.streams.values()].map(({ number, name }) => [number, name]));
  const compiled = compilePattern(pattern);
  const baseBytes = process.memoryUsage().rss;
  let peakBytes = baseBytes;
  const sampled = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage().rss)), 5);
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  let found = 0;
  let after: EventQuery["after"];
  do {
    const { events, next } = await readEvents(group, {
      streams,
      startMs: 0,
      endMs: Number.MAX_SAFE_INTEGER,
      pattern: compiled,
      after,
      isBackward: false,
      limit: 10_000,
    });
    found += events.length;
    after = next === undefined ? undefined : placeOf(next);
  } while (after);
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(sampled);
  return {
    found,
    ms: round(performance.now() - began, 0),
    cpuMs: round((user + system) / 1_000, 0),
    peakBytes: peakBytes - baseBytes,
  };
}

/** logs fills a log store with lines of calls, and searches them. */
export async function logs({ megabytes }: { readonly megabytes: number }): Promise<MeasuredReport<"logs">> {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-logs-"));
  try {
    using store = LogStore.open({
      folder,
      maxBytes: 64 * 1024 * MB,
      nowMs: Date.now,
      logger: createLogger("load", "error"),
    });
    const { events, bytes, usPerEvent } = await fillStore(store, megabytes * MB);
    const figures: Record<string, number> = {
      events,
      message_mb: round(bytes / MB, 0),
      stored_mb: round(store.sizeBytes / MB, 0),
    };
    let [dearestMs, mostBytes] = [0, 0];
    for (const [name, pattern] of Object.entries(PATTERNS)) {
      const { found, ms, cpuMs, peakBytes } = await search(store, pattern);
      figures[`${name}_found`] = found;
      figures[`${name}_ms`] = ms;
      figures[`${name}_cpu_ms`] = cpuMs;
      figures[`${name}_memory_mb`] = round(peakBytes / MB, 0);
      dearestMs = Math.max(dearestMs, cpuMs);
      mostBytes = Math.max(mostBytes, peakBytes);
    }
    return {
      figures,
      ratios: {},
      measured: {
        stored_us_per_event: [usPerEvent],
        search_cpu_ms_per_gb: [(dearestMs * 1_024 * MB) / bytes],
        search_memory_mb: [mostBytes / MB],
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
