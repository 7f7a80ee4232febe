import { setTimeout as delay } from "node:timers/promises";
import { startRedis } from "../kit/redis.ts";
import { measureDecisions } from "./decisions.ts";
import { even, Limiters, skewed } from "./limiters.ts";
import { checkLimits } from "./limits-history.ts";

/** Finding is what one scenario measured, and whether that is what was promised. */
export interface Finding {
  readonly what: string;
  readonly figures: Readonly<Record<string, number>>;
  /** What in its history does not fit the model of `limits-history.ts`. */
  readonly wrong: readonly string[];
  readonly isKept: boolean;
}

/** What was measured is kept only if the history of the run fits the model, too. */
function judged(limiters: Limiters, { isKept, ...finding }: Omit<Finding, "wrong">): Finding {
  const wrong = checkLimits(limiters.history);
  return { ...finding, wrong, isKept: isKept && wrong.length === 0 };
}

export interface Occasion {
  readonly nodes: number;
  readonly seconds: number;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
}

/** More than the limit, so that it is what decides. */
const DEMAND = 2;
/** Times after a move, in ms. */
const MOVED_WITHIN = Array.from({ length: 50 }, (_, i) => 10 * i);
const pick = (random: () => number, values: readonly number[]): number =>
  values[Math.floor(random() * values.length)] as number;
const below = (random: () => number, limit: number): number => Math.floor(random() * limit);
const round = (value: number): number => Math.round(value * 1000) / 1000;

/** Nodes on a Redis of their own, which know each other. */
async function world(scope: AsyncDisposableStack, nodes: number, skewMs: readonly number[] = []) {
  const redis = scope.use(await startRedis());
  const limiters = scope.use(await Limiters.start(nodes, redis.url, skewMs));
  // Each says every 0.5 s that it is there, and hears then how many there are.
  await delay(700);
  return { redis, limiters };
}

/** R1: what is admitted of a steady demand above the limit, within -3..+2 % of rate x time + burst; from cold at most the burst + 5 %. */
async function steady({ nodes, seconds, random }: Occasion, split: "even" | "skewed"): Promise<Finding> {
  await using scope = new AsyncDisposableStack();
  const { limiters } = await world(scope, nodes);
  const rateLimit = pick(random, [50, 200, 500, 1_000]);
  const throttle = { rateLimit, burstLimit: rateLimit * 2 };
  const startMs = Date.now();
  const parts = split === "even" ? even(nodes) : skewed(nodes);
  limiters.load("b", { throttle, callsPerSecond: rateLimit * DEMAND, burst: throttle.burstLimit }, parts);
  await delay(seconds * 1000);
  const passedS = (Date.now() - startMs) / 1000;
  const admitted = await limiters.admitted();
  const ratio = admitted.total / (rateLimit * passedS + throttle.burstLimit);
  const cold = admitted.between(startMs, startMs + 100) / (throttle.burstLimit + rateLimit * 0.1);
  const figures = { rate: rateLimit, seconds: round(passedS), ratio: round(ratio), cold: round(cold) };
  return judged(limiters, {
    what: `${nodes} nodes, ${split}`,
    figures: { ...figures, longest_wait_ms: round(admitted.longestMs) },
    isKept: ratio >= 0.97 && ratio <= 1.02 && cold <= 1.05,
  });
}

/** R3: Redis is killed: at most 1.1 x the limit in the next two seconds; after it is back, what the limit says. */
async function cut({ nodes, random }: Occasion): Promise<Finding> {
  await using scope = new AsyncDisposableStack();
  const { redis, limiters } = await world(scope, nodes);
  const rateLimit = pick(random, [100, 400]);
  const throttle = { rateLimit, burstLimit: rateLimit };
  limiters.load("b", { throttle, callsPerSecond: rateLimit * DEMAND, burst: rateLimit }, even(nodes));
  await delay(3_000 + below(random, 500));
  await redis.kill();
  const killedMs = Date.now();
  await delay(2_000);
  await redis.restart();
  const backMs = Date.now();
  await delay(3_500);
  const endMs = Date.now();
  const admitted = await limiters.admitted();
  const away = admitted.between(killedMs, killedMs + 2_000) / (2 * rateLimit);
  // Two leases, and the time in which a lost connection comes back.
  const settledMs = backMs + 1_400;
  const back = admitted.between(settledMs, endMs) / (((endMs - settledMs) / 1000) * rateLimit);
  return judged(limiters, {
    what: `${nodes} nodes, Redis killed`,
    figures: {
      rate: rateLimit,
      away: round(away),
      back: round(back),
      longest_wait_ms: round(admitted.longestMs),
    },
    isKept: away <= 1.1 && away >= 0.85 && back >= 0.9 && back <= 1.1,
  });
}

/** R4: all calls go to another node: at least 95 % of the limit is served there within 300 ms. */
async function moved({ nodes, random }: Occasion): Promise<Finding> {
  await using scope = new AsyncDisposableStack();
  const { limiters } = await world(scope, nodes);
  const rateLimit = pick(random, [200, 600]);
  const load = { throttle: { rateLimit, burstLimit: rateLimit / 2 }, callsPerSecond: rateLimit * DEMAND };
  const only = (node: number) => Array.from({ length: nodes }, (_, i) => (i === node ? 1 : 0));
  const [from, to] = [0, 1 + below(random, nodes - 1)];
  limiters.load("b", load, only(from));
  await delay(3_000);
  limiters.load("b", load, only(to));
  const movedMs = Date.now();
  await delay(1_500);
  const admitted = await limiters.admitted();
  /** The part of the limit that was served between two times after the move. */
  const served = (fromMs: number, toMs: number) =>
    (admitted.between(movedMs + fromMs, movedMs + toMs) * 1000) / ((toMs - fromMs) * rateLimit);
  const first = served(0, 300);
  const servedFromMs = MOVED_WITHIN.find((fromMs) => served(fromMs, fromMs + 1_000) >= 0.95) ?? Number.NaN;
  return judged(limiters, {
    what: `${nodes} nodes, all calls move to one`,
    figures: {
      rate: rateLimit,
      first_300_ms: round(first),
      served_from_ms: servedFromMs,
      after: round(served(300, 1_300)),
    },
    isKept: servedFromMs <= 300,
  });
}

/** R2: a quota is never exceeded and at most 1 % of it stays unused, though Redis is killed with all that it has, and nodes are. */
async function quota({ nodes, random }: Occasion, limit: number, kills: number): Promise<Finding> {
  await using scope = new AsyncDisposableStack();
  const { redis, limiters } = await world(scope, nodes);
  const load = { quota: { limit, period: "MONTH" as const }, callsPerSecond: limit / 15 };
  limiters.load("q", load, even(nodes));
  let total = 0;
  const count = async () => {
    const { total: admitted } = await limiters.admitted();
    total += admitted;
    return admitted;
  };
  for (let i = 0; i < kills; i++) {
    await delay(1_000 + below(random, 1_000));
    await redis.kill();
    await delay(100 + below(random, 400));
    await redis.restart();
  }
  // A node that is killed while the server is away forgets what it gave out since: that is another case.
  await delay(3_500);
  // What a node has let through and not reported when it is killed would not be counted here: it has no callers at that moment.
  const victim = below(random, nodes);
  limiters.all[victim]?.load("q", { ...load, callsPerSecond: 0 });
  await delay(50);
  await count();
  await limiters.replace(victim);
  limiters.load("q", load, even(nodes));
  for (let quiet = 0; quiet < 4; ) {
    await delay(1_000);
    quiet = (await count()) === 0 ? quiet + 1 : 0;
  }
  const unused = (limit - total) / limit;
  return judged(limiters, {
    what: `${nodes} nodes, a quota of ${limit}, Redis killed ${kills} times, a node once`,
    figures: { limit, admitted: total, over: Math.max(0, total - limit), unused: round(unused) },
    isKept: total <= limit && unused <= 0.01,
  });
}

/** R6: a node's clock is wrong by five minutes, either way: no call is refused or allowed by that. */
async function clocks({ nodes, seconds, random }: Occasion): Promise<Finding> {
  await using scope = new AsyncDisposableStack();
  const { limiters } = await world(scope, nodes, [300_000, -300_000]);
  const rateLimit = pick(random, [100, 300]);
  const throttle = { rateLimit, burstLimit: rateLimit };
  const startMs = Date.now();
  limiters.load("b", { throttle, callsPerSecond: rateLimit * DEMAND, burst: rateLimit }, even(nodes));
  await delay(seconds * 1000);
  const passedS = (Date.now() - startMs) / 1000;
  const admitted = await limiters.admitted();
  const ratio = admitted.total / (rateLimit * passedS + throttle.burstLimit);
  const parts = limiters.all.map((_, i) => admitted.of(i) / admitted.total);
  const least = Math.min(...parts) * nodes;
  return judged(limiters, {
    what: `${nodes} nodes, two clocks wrong by five minutes`,
    figures: { rate: rateLimit, ratio: round(ratio), least_part: round(least) },
    isKept: ratio >= 0.97 && ratio <= 1.02 && least > 0.1,
  });
}

/** R5: what one decision of a worker takes while it has tokens, and the memory of a million keys. */
async function decision(): Promise<Finding> {
  const { p50_us, p99_us, million_keys_mib } = await measureDecisions();
  return {
    what: "one worker, no Redis",
    figures: { p50_us: round(p50_us), p99_us: round(p99_us), million_keys_mib: round(million_keys_mib) },
    wrong: [],
    isKept: p50_us <= 1 && p99_us <= 5 && million_keys_mib <= 200,
  };
}

/** Scenario is one promise of limits, as numbered by its goal, and what shows whether it is kept. */
export interface Scenario {
  readonly target: string;
  readonly goal: string;
  /** Whether it is the same for any number of nodes. */
  readonly isOfOneNode?: boolean;
  run(occasion: Occasion): Promise<Finding>;
}

const STEADY = "ratio to rate x time + burst 0.97..1.02; cold at most burst + 5 %";
const QUOTA = "over 0; unused at most 0.01";

/** All that `npm run limits` measures, by name. That limits are asked in AWS's order (R7) is shown by specs of usage plans. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  even: { target: "R1", goal: STEADY, run: (occasion) => steady(occasion, "even") },
  skewed: {
    target: "R1",
    goal: `${STEADY}; one node has 90 %`,
    run: (occasion) => steady(occasion, "skewed"),
  },
  quota: { target: "R2", goal: QUOTA, run: (occasion) => quota(occasion, 100_000, 5) },
  "small-quota": { target: "R2", goal: QUOTA, run: (occasion) => quota(occasion, 3_000, 1) },
  cut: { target: "R3", goal: "away at most 1.1 of the limit; back 0.9..1.1", run: cut },
  moved: {
    target: "R4",
    goal: "0.95 of the limit is served, over a second, from at most 300 ms after the move on",
    run: moved,
  },
  decision: {
    target: "R5",
    goal: "p50 at most 1 us, p99 5 us; a million keys 200 MiB",
    isOfOneNode: true,
    run: decision,
  },
  clocks: { target: "R6", goal: "ratio 0.97..1.02; least part of a node over 0.1", run: clocks },
};
