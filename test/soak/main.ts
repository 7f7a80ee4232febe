import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startWorld } from "../faults/scenarios.ts";
import { API, STAGE, Traffic } from "../faults/traffic.ts";
import { childrenOf } from "../kit/process.ts";
import { round, rssBytes } from "../load/cpu.ts";

const SAMPLE_MS = 2_000;
const DEPLOY_EVERY_SAMPLES = 15;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "5" }, json: { type: "boolean", default: false } },
});
const minutes = Number(values.minutes);

/** Steady traffic on two nodes, a deployment every half minute: does memory stay, and does every call go well? */
await using world = await startWorld();
const traffic = new Traffic(world.cluster);
const pids = () =>
  world.cluster.nodes.flatMap(({ part }) => [
    part.child.pid as number,
    ...childrenOf(part.child.pid as number),
  ]);
const samples: number[] = [];
const deadline = performance.now() + minutes * 60_000;
while (performance.now() < deadline) {
  await delay(SAMPLE_MS);
  samples.push(rssBytes(pids()));
  if (samples.length % DEPLOY_EVERY_SAMPLES === 0)
    await world.cluster.waitApplied(await world.cluster.deploy(API, STAGE));
}
await traffic.stop();
const half = samples.slice(Math.floor(samples.length / 2));
const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
const [before, after] = [
  mean(half.slice(0, Math.ceil(half.length / 2))),
  mean(half.slice(Math.floor(half.length / 2))),
];
const figures = {
  minutes,
  calls: traffic.answered.length,
  failed: traffic.failed.length + traffic.unexpected.length,
  rss_mib: round(after / 2 ** 20),
  growth_percent: round((after / before - 1) * 100),
};
console.log(
  values.json
    ? JSON.stringify({ scenario: "soak", figures, ratios: { rss_end_vs_start: round(after / before, 3) } })
    : figures,
);
await world[Symbol.asyncDispose]();
process.exit(figures.failed === 0 ? 0 : 1);
