import { describe, expect, it } from "vitest";
import { conditionOf, type NodeFactsNow, notLive, notReady, type WorkerCondition } from "./condition.ts";
import { SHEDDING_BEATS, STALLED_TICKS, WorkerBeats } from "./worker-beats.ts";

const worker = (members: Partial<WorkerCondition> = {}, number = 0): WorkerCondition => ({
  worker: number,
  isListening: true,
  isStalled: false,
  silentMs: 0,
  outage: undefined,
  isShedding: false,
  ...members,
});
const both = (members: Partial<WorkerCondition>) => [worker(members), worker(members, 1)];
const one = (members: Partial<WorkerCondition>) => [worker(members), worker({}, 1)];
const serving: NodeFactsNow = {
  denied: undefined,
  state: "serving",
  workers: both({}),
  workerCount: 2,
  isSpoolFull: false,
  sinkFailure: undefined,
  backlogBytes: 50,
  spoolLimitBytes: 100,
  unsavedMs: 0,
  isRedisConnected: undefined,
};
const stalled = { isStalled: true, silentMs: 12_000 };
const outage = { outage: "ENOSPC: no space left on device, write" };

interface Row {
  readonly when: string;
  readonly facts: Partial<NodeFactsNow>;
  /** What /readyz, /livez and the concerns contain; absent: the probe responds with 200, and there is no concern. */
  readonly ready?: string;
  readonly live?: string;
  readonly concern?: string;
}

describe("the probes of a node, and what it reports", () => {
  it.each<Row>([
    { when: "it serves", facts: {} },
    { when: "no config has arrived", facts: { state: "waiting" }, ready: "no config has arrived yet" },
    { when: "it drains", facts: { state: "draining" }, ready: "draining" },
    {
      when: "its id is taken",
      facts: { denied: "another node has this id" },
      ready: "refused by the control plane: another node has this id",
    },
    {
      when: "no worker runs",
      facts: { workers: [] },
      ready: "no worker is running",
      concern: "2 of 2 workers are not running",
    },
    {
      when: "one worker is being replaced",
      facts: { workers: [worker()] },
      concern: "1 of 2 workers are not running",
    },
    {
      when: "workers start again and again",
      facts: { workers: both({ isListening: false }) },
      ready: "no worker listens",
    },
    {
      when: "one worker is stalled",
      facts: { workers: one(stalled) },
      live: "worker 0: the event loop has not run for 12 s",
      concern: "worker 0: the event loop has not run for 12 s: if it stays so, restart the node",
    },
    {
      when: "all workers are stalled",
      facts: { workers: both(stalled) },
      ready: "no worker responds: workers 0, 1: the event loop has not run for 12 s",
      live: "workers 0, 1",
      concern: "workers 0, 1",
    },
    {
      when: "a worker that does not listen yet compiles for long",
      facts: { workers: one({ ...stalled, isListening: false }) },
    },
    {
      when: "the spool is full",
      facts: { isSpoolFull: true },
      ready: "the usage spool is full (TOLLGATE_SPOOL_MB)",
    },
    {
      when: "the disk is full",
      facts: { workers: both(outage) },
      ready: "their usage cannot be recorded: ENOSPC",
      concern: "workers 0, 1 cannot record calls: ENOSPC",
    },
    {
      when: "one worker cannot write",
      facts: { workers: one(outage) },
      concern: "worker 0 cannot record calls: ENOSPC",
    },
    {
      when: "the only worker that can write is stalled",
      facts: { workers: [worker(outage), worker(stalled, 1)] },
      ready: "ENOSPC",
      live: "worker 1",
      concern: "worker 0 cannot record calls",
    },
    {
      when: "all workers refuse what comes",
      facts: { workers: both({ isShedding: true }) },
      ready: "no time or memory for them (TOLLGATE_SHED_DELAY_MS, TOLLGATE_MEMORY_MB)",
    },
    { when: "one worker refuses what comes", facts: { workers: one({ isShedding: true }) } },
    {
      when: "Kafka is away",
      facts: { sinkFailure: "KafkaJSConnectionError" },
      concern: "Kafka accepts no usage (KafkaJSConnectionError), and the spool is 50 % full",
    },
    { when: "the disk takes no config", facts: { unsavedMs: 4_000 }, concern: "4 s behind" },
    { when: "Redis is away", facts: { isRedisConnected: false }, concern: "check TOLLGATE_REDIS" },
    { when: "Redis is there", facts: { isRedisConnected: true } },
  ])("when $when", ({ facts, ready, live, concern }) => {
    const now = { ...serving, ...facts };
    const matching = (text: string | undefined) =>
      text === undefined ? undefined : expect.stringContaining(text);
    expect({ ready: notReady(now), live: notLive(now) }).toEqual({
      ready: matching(ready),
      live: matching(live),
    });
    const { concerns } = conditionOf(now);
    if (concern === undefined) expect(concerns).toEqual([]);
    else expect(concerns.join("\n")).toContain(concern);
  });
});

describe("a worker is stalled", () => {
  const beat = { type: "beat", outage: undefined, isShedding: false } as const;

  it("after so many ticks of its supervisor, and no longer once it is heard of", () => {
    const beats = new WorkerBeats();
    for (let i = 1; i < STALLED_TICKS; i++) beats.tick();
    expect(beats.isStalled).toBe(false);
    beats.tick();
    expect([beats.isStalled, beats.silentMs]).toEqual([true, 10_000]);
    beats.heard({ ...beat, outage: "full" });
    expect(beats).toMatchObject({ isStalled: false, silentMs: 0, outage: "full" });
  });
});

it("a worker refuses all calls when it has taken none for seconds: a short burst takes no node out of its load balancer", () => {
  const beats = new WorkerBeats();
  const hear = (...seen: readonly boolean[]) => {
    for (const isShedding of seen) beats.heard({ type: "beat", outage: undefined, isShedding });
    return beats.isShedding;
  };
  const long = Array<boolean>(SHEDDING_BEATS).fill(true);
  expect(hear(...long.slice(1))).toBe(false);
  expect(hear(false, ...long.slice(1))).toBe(false);
  expect(hear(true)).toBe(true);
  expect(hear(false)).toBe(false);
});
