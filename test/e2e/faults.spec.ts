import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observability } from "../faults/observability/observability.ts";
import { type FaultsWorld, faults, runFaults, startWorld } from "../faults/scenarios.ts";
import { webSocketFaults } from "../faults/websocket.ts";
import { seeded } from "../kit/seeded.ts";

// The full outages of 30 s are run by `npm run faults`; here they are long enough for every retry to have failed at least once.
const OUTAGE_MS = 4_000;
/** `npm run faults` makes as many calls as it can; here processes that start again need not wait for the processor that long. */
const PACE = { pauseMs: 30, share: 0.2 };
/** Other specs have these faults, with their exact counts: one-directory.spec.ts, losses.spec.ts, servers-away.spec.ts and shared-limits.spec.ts; a worker is killed under the calls whose metrics are compared. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "same-directory",
  "disk-lost",
  "limits",
  "postgres",
  "worker",
]);

describe("under traffic, no completed call is lost or doubled in the records, and only calls that were cut off fail", () => {
  let world: FaultsWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const here = Object.keys(faults).filter((name) => !ELSEWHERE.has(name));
  it.each(here)("%s", async (name) => {
    const report = await runFaults(world, [name], {
      random: seeded(7),
      outageMs: OUTAGE_MS,
      editRounds: 1,
      pace: PACE,
    });
    expect(report).toMatchObject({
      lost: 0,
      doubled: 0,
      failed: 0,
      configWrong: 0,
      limitsWrong: 0,
      details: [],
    });
    expect(report.sent).toBeGreaterThan(1_000);
  });

  it("clients of WebSocket APIs are touched by what ends their own worker or node only, and lose nothing that was acknowledged", async () => {
    const report = await webSocketFaults(world.cluster, {
      connections: 60,
      random: seeded(7),
      restarts: false, // drain.spec.ts has nodes that stop with connections open
      goneWithinMs: 20_000, // 5 s by `npm run faults`; a node that nobody hears of stays for good
    });
    expect(report).toMatchObject({ lost: 0, doubled: 0, failed: 0, details: [] });
  });

  it("metrics by CloudWatch's API, and access logs by that of CloudWatch Logs, are those of the calls that were answered", async () => {
    // 100,000 calls by `npm run faults`.
    const report = await observability(world, { calls: 1_500, random: seeded(7) });
    expect(report).toMatchObject({ lost: 0, doubled: 0, failed: 0, metricsWrong: 0, details: [] });
    expect(report.metrics).toBeGreaterThan(100);
  });
});
