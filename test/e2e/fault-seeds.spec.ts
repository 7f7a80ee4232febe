import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Results, type Run, summaryOf } from "../faults/seeds.ts";
import { useFolder } from "../kit/use.ts";

const folder = useFolder();
const run = (seed: number, more: Partial<Run> = {}): Run => ({
  scenario: "usage",
  seed,
  outcome: "held",
  seconds: 1,
  report: { sent: 100, lost: 0 },
  ...more,
});

it("runs go on where they were stopped, with the seeds that were drawn first", () => {
  const file = join(folder, "runs.jsonl");
  const first = new Results(file);
  const seeds = first.seeds(3);
  expect(new Set(seeds).size).toBe(3);
  first.add(run(seeds[0] as number));
  const again = new Results(file);
  expect(again.seeds(3)).toEqual(seeds);
  expect(seeds.map((seed) => again.has("usage", seed))).toEqual([true, false, false]);
  expect(again.has("servers", seeds[0] as number)).toBe(false);
  expect(again.seeds(5).slice(0, 3)).toEqual(seeds);
  expect(new Results(file).seeds(5)).toEqual(again.seeds(5));
  expect(new Results(file).runs).toEqual([run(seeds[0] as number)]);
  // A kill has cut off what was being written.
  appendFileSync(file, '{"scenario":"usage","se');
  const third = new Results(file);
  third.add(run(seeds[1] as number));
  expect(new Results(file).runs).toEqual([run(seeds[0] as number), run(seeds[1] as number)]);
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
