import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { DeployedStage } from "@tollgate/pipeline";
import { createLogger } from "@tollgate/telemetry";
import { decodeBatch, type EventFacts, encodeBatch, eventMaxBytes, putEvent } from "@tollgate/usage-stream";
import type { Segment } from "../usage/segment.ts";
import { Spool, usageEvents } from "../usage/spool.ts";
import { SpoolFolder } from "../usage/spool-folder.ts";
import { CacheHours } from "./cache-hours.ts";

const HOUR_MS = 3_600_000;
const T0 = Date.UTC(2026, 10, 21, 10, 59, 59);

const stageOf = (stageName: string, stage: object, protocol = "REST") =>
  ({
    protocol,
    context: { accountId: "000000000000", apiId: "cachedapi1", stageName, region: "us-east-1", tags: {} },
    manifest: { stage },
  }) as unknown as DeployedStage;

function hoursOf(stages: readonly DeployedStage[]) {
  const on = { nowMs: T0, stages, isFull: false, failures: 0 };
  let added: [Buffer, EventFacts][] = [];
  const hours = new CacheHours({
    spool: {
      isFull: false,
      add: (key: Buffer, facts: EventFacts) => void added.push([key, facts]),
      commit: () => {
        if (on.isFull) throw new Error("the spool is full");
      },
    },
    stages: () => on.stages,
    configRevision: () => 7,
    unixMs: () => on.nowMs,
    report: () => on.failures++,
  });
  const look = () => {
    added = [];
    hours.look();
    return added.map(([, { cacheSize }]) => cacheSize);
  };
  return { on, look, events: () => added };
}

describe("the record of caches", () => {
  it("has an event for each stage with a cache in each hour, and for each larger or smaller size that it gets", () => {
    const cached = stageOf("prod", { cacheClusterEnabled: true, cacheClusterSize: "1.6" });
    const { on, look } = hoursOf([
      cached,
      stageOf("dev", { cacheClusterEnabled: true }),
      stageOf("off", { cacheClusterEnabled: false, cacheClusterSize: "237" }),
      stageOf("live", {}, "WEBSOCKET"),
    ]);
    expect(look()).toEqual(["1.6", "0.5"]);
    expect(look()).toEqual([]);
    on.nowMs += 1_000;
    expect(look()).toEqual(["1.6", "0.5"]);
    on.stages = [stageOf("prod", { cacheClusterEnabled: true, cacheClusterSize: "6.1" })];
    expect(look()).toEqual(["6.1"]);
    on.stages = [cached];
    expect(look()).toEqual([]);
    on.stages = [];
    on.nowMs += HOUR_MS;
    expect(look()).toEqual([]);
  });

  it("is tried again where it could not be written", () => {
    const { on, look } = hoursOf([stageOf("prod", { cacheClusterEnabled: true })]);
    on.isFull = true;
    expect([look(), on.failures]).toEqual([["0.5"], 1]);
    on.isFull = false;
    expect([look(), look(), on.failures]).toEqual([["0.5"], [], 1]);
  });

  it("is an event as consumers of the topic read it", () => {
    const { look, events } = hoursOf([
      stageOf("prod", { cacheClusterEnabled: true, cacheClusterSize: "118" }),
    ]);
    look();
    const [key, facts] = events()[0] as [Buffer, EventFacts];
    const payload = Buffer.alloc(eventMaxBytes(facts));
    const end = putEvent(payload, 0, key, 1, facts);
    const frame = { firstSeq: 1, count: 1, payload: payload.subarray(0, end) };
    const [event] = decodeBatch(encodeBatch("n/0/a", [frame], { recordedSeq: 1 }).value)?.events ?? [];
    expect(event).toMatchObject({
      accountId: "000000000000",
      apiId: "cachedapi1",
      stage: "prod",
      httpMethod: "CACHE",
      cacheSize: "118",
      region: "us-east-1",
      configRevision: 7n,
      endTimeUnixMs: BigInt(T0),
      requestUnits: 0n,
      apiKind: 0,
    });
  });

  it("is read from the spool in full, however many stages have caches", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tollgate-cache-hours-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const files = new SpoolFolder(folder, createLogger("test", "silent"));
    const log = files.started("0/ab12", () => undefined);
    using spool = new Spool({
      events: usageEvents,
      folder,
      worker: 0,
      boot: "ab12",
      segmentBytes: 4 * 1024 * 1024,
      allowedBytes: 8 * 1024 * 1024,
      sync: "never",
      report: () => undefined,
    });
    const count = 10_000;
    const stages = Array.from({ length: count }, (_, i) => stageOf(`s${i}`, { cacheClusterEnabled: true }));
    const report = (error: unknown) => {
      throw error;
    };
    new CacheHours({ spool, stages: () => stages, configRevision: () => 7, unixMs: () => T0, report }).look();
    await files.scan();
    let events = 0;
    for (let segment = log.nextUnsent as Segment | undefined; segment; segment = log.nextUnsent) {
      const { frames, endBytes } = await files.read(log, segment);
      if (frames.length === 0) break;
      events += frames.reduce((sum, frame) => sum + frame.count, 0);
      segment.offsetBytes = endBytes;
      files.memory.begin();
    }
    expect(events).toBe(count);
  });
});
