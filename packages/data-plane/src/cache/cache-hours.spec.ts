import { describe, expect, it } from "vitest";
import type { DeployedStage } from "@tollgate/pipeline";
import { decodeBatch, type EventFacts, encodeBatch, eventMaxBytes, putEvent } from "@tollgate/usage-stream";
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
});
