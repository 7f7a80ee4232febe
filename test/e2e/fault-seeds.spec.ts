import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Results, type Run, runSeeds, summaryOf } from "../faults/seeds.ts";
import { useFolder } from "../kit/use.ts";

const folder = useFolder();
const ARGS = ["--rps", "500"];
const resultsIn = (file: string, args = ARGS) => new Results(file, args);
const run = (seed: number, more: Partial<Run> = {}): Run => ({
  scenario: "usage",
  seed,
  args: ARGS,
  outcome: "held",
  seconds: 1,
  report: { sent: 100, lost: 0 },
  ...more,
});

it("runs go on where they were stopped, with the seeds that were drawn first", () => {
  const file = join(folder, "runs.jsonl");
  const first = resultsIn(file);
  const seeds = first.seeds(3);
  expect(new Set(seeds).size).toBe(3);
  first.add(run(seeds[0] as number));
  const again = resultsIn(file);
  expect(again.seeds(3)).toEqual(seeds);
  expect(seeds.map((seed) => again.has("usage", seed))).toEqual([true, false, false]);
  expect(again.has("servers", seeds[0] as number)).toBe(false);
  expect(again.seeds(5).slice(0, 3)).toEqual(seeds);
  expect(resultsIn(file).seeds(5)).toEqual(again.seeds(5));
  expect(resultsIn(file).runs).toEqual([run(seeds[0] as number)]);
  // A kill has cut off what was being written.
  appendFileSync(file, '{"scenario":"usage","se');
  const third = resultsIn(file);
  third.add(run(seeds[1] as number));
  expect(resultsIn(file).runs).toEqual([run(seeds[0] as number), run(seeds[1] as number)]);
});

describe("runs in parts", () => {
  /** One part of the runs of two scenarios with two seeds, each of which takes so many seconds. */
  async function part(file: string, { minutes = 240, args = ARGS, seconds = 100 } = {}) {
    const begun: string[] = [];
    const results = resultsIn(file, args);
    const left = await runSeeds({
      scenarios: ["usage", "servers"],
      count: 2,
      results,
      minutes,
      runMinutes: 15,
      atOnce: 1,
      signal: new AbortController().signal,
      onRun: ({ scenario }) => begun.push(scenario),
      run: async (asked) => run(asked.seed, { ...asked, seconds }),
    });
    return { begun, left, runs: results.runs.length };
  }

  it("begin none that would take them beyond their time, but always one", async () => {
    const file = join(folder, "parts.jsonl");
    expect(await part(file, { minutes: 1 })).toEqual({ begun: ["usage", "servers"], left: 2, runs: 2 });
    expect(await part(file, { minutes: 1 })).toEqual({ begun: ["usage"], left: 1, runs: 3 });
    expect(await part(file, { minutes: 1 })).toEqual({ begun: ["servers"], left: 0, runs: 4 });
    expect(await part(file, { minutes: 1 })).toEqual({ begun: [], left: 0, runs: 4 });
  });

  it("are made several at once, and each of them once", async () => {
    const waiting: (() => void)[] = [];
    const begun: number[] = [];
    let most = 0;
    const runs = runSeeds({
      scenarios: ["usage"],
      count: 5,
      results: resultsIn(join(folder, "at-once.jsonl")),
      minutes: 240,
      runMinutes: 15,
      atOnce: 3,
      signal: new AbortController().signal,
      onRun: () => undefined,
      async run(asked) {
        const { promise, resolve } = Promise.withResolvers<void>();
        most = Math.max(most, waiting.push(resolve));
        begun.push(asked.seed);
        if (waiting.length === 3 || begun.length === 5) for (const go of waiting.splice(0)) go();
        await promise;
        return run(asked.seed, asked);
      },
    });
    expect(await runs).toBe(0);
    expect(most).toBe(3);
    expect(new Set(begun).size).toBe(5);
  });

  it("do not take runs with other options for theirs", async () => {
    const file = join(folder, "options.jsonl");
    await part(file);
    expect(await part(file, { args: ["--rps", "50"] })).toMatchObject({ left: 0, runs: 4 });
    expect(await part(file, {})).toMatchObject({ begun: [], runs: 4 });
  });
});

it("the summary adds up what runs found, and names those that came to no end", () => {
  const runs = [
    run(1),
    run(2, { outcome: "wrong", report: { sent: 50, lost: 3, configWrong: 1 } }),
    run(3, { outcome: "broken", report: "gave up after 30000 ms" }),
    run(1, { scenario: "servers", report: { failed: 0 } }),
  ];
  expect(summaryOf(runs)).toMatchObject({
    usage: { runs: 3, held: 1, wrong: 1, broken: 1, sent: 150, lost: 3, configWrong: 1, doubled: 0 },
    servers: { runs: 1, held: 1, wrong: 0, broken: 0, failed: 0 },
  });
});
