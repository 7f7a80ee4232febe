import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { buildBundles } from "../kit/cluster.ts";
import { commands, runCommand, wrongCount } from "./commands.ts";
import { Results, runSeeds, summaryOf } from "./seeds.ts";

const RUN_OPTIONS = {
  "outage-ms": { type: "string", default: "30000" },
  "pause-ms": { type: "string", default: "0" },
  share: { type: "string", default: "1" },
  rounds: { type: "string", default: "1" },
  "edit-rounds": { type: "string", default: "6" },
  connections: { type: "string", default: "5000" },
  rps: { type: "string", default: "500" },
} as const;

const USAGE = `npm run faults -- NAME [--seed N] [--json] [--history FILE] [--calls N] [OPTION ...]
npm run faults -- all [--seeds N] [--scenarios NAME,NAME] [--results FILE] [--minutes N] [--run-minutes N] [--at-once N] [OPTION ...]
NAME: ${Object.keys(commands).join(", ")}
  usage      all faults of traffic in one cluster, in an order that the seed decides
  servers    stops each server in each way
  websocket  ends processes of three nodes with connections open
  failover   kills two control planes in turns, under edits, and waits for them at the other one
  observability  makes 100,000 calls (--calls N) of all outcomes, kills a worker, and compares metrics and access logs with them
  rolling    restarts three nodes, two control planes and two meterings, one at a time, under calls and edits
all: runs scenarios (usage,servers,websocket,rolling) with seeds that are drawn (40), --at-once N (1) at a time, each on servers of its own. With a file of results, what was run is kept in it with
  its options, and the same command goes on from there: --minutes N (240) begins no run, after the first, that would take it beyond N minutes, --run-minutes N (15) ends
  one that takes longer. Exit code 0: all were run and held; 1: something is wrong, or broke off; 3: runs are left, and what was run held.
OPTION: ${Object.keys(RUN_OPTIONS)
  .map((name) => `--${name} N`)
  .join(" ")}
Needs and fetches: etcd (Go), Kafka (Java, Maven), PostgreSQL, Redis (Debian).`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...RUN_OPTIONS,
    seed: { type: "string", default: "1" },
    calls: { type: "string", default: "100000" },
    json: { type: "boolean", default: false },
    history: { type: "string" },
    seeds: { type: "string", default: "40" },
    scenarios: { type: "string", default: "usage,servers,websocket,rolling" },
    results: { type: "string" },
    minutes: { type: "string", default: "240" },
    "run-minutes": { type: "string", default: "15" },
    "at-once": { type: "string", default: "1" },
  },
});

type NumberOption =
  | keyof typeof RUN_OPTIONS
  | "seed"
  | "calls"
  | "seeds"
  | "minutes"
  | "run-minutes"
  | "at-once";

const MAY_BE_0: readonly NumberOption[] = ["outage-ms", "pause-ms", "seed"];

function refuse(message = USAGE): never {
  console.error(message);
  process.exit(2);
}

function numberOf(name: NumberOption): number {
  const value = values[name].trim() === "" ? Number.NaN : Number(values[name]);
  if (value > 0 || (value === 0 && MAY_BE_0.includes(name))) return value;
  return refuse(`--${name} '${values[name]}' is not a number above 0`);
}

async function one(name: string): Promise<void> {
  // Ends what was started, too.
  process.once("SIGTERM", () => process.exit(1));
  const { details, ...figures } = await runCommand(name, {
    seed: numberOf("seed"),
    outageMs: numberOf("outage-ms"),
    pace: { pauseMs: numberOf("pause-ms"), share: numberOf("share") },
    rounds: numberOf("rounds"),
    editRounds: numberOf("edit-rounds"),
    connections: numberOf("connections"),
    calls: numberOf("calls"),
    callsPerSecond: numberOf("rps"),
    onHistory: (history) => {
      if (values.history !== undefined) writeFileSync(values.history, JSON.stringify(history));
    },
  });
  for (const detail of details) console.error(detail);
  const report = { scenario: name, seed: numberOf("seed"), ...figures, details };
  console.log(values.json ? JSON.stringify(report) : figures);
  process.exitCode = wrongCount(report) === 0 ? 0 : 1;
}

async function all(): Promise<void> {
  const scenarios = values.scenarios.split(",");
  if (scenarios.some((name) => !commands[name])) refuse();
  // The processes run as images have them, which start in half the time.
  await buildBundles();
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const names = Object.keys(RUN_OPTIONS) as (keyof typeof RUN_OPTIONS)[];
  const args = names.flatMap((name) => [`--${name}`, String(numberOf(name))]);
  const results = new Results(values.results, args);
  const left = await runSeeds({
    scenarios,
    count: numberOf("seeds"),
    results,
    minutes: numberOf("minutes"),
    runMinutes: numberOf("run-minutes"),
    atOnce: numberOf("at-once"),
    signal: stop.signal,
    onRun: ({ scenario, seed, outcome, seconds, report }) => {
      console.error(`${outcome.padEnd(6)} ${scenario} --seed ${seed} (${seconds} s)`);
      if (outcome !== "held") console.error(report);
    },
  });
  const summary = summaryOf(results.runs);
  if (values.json) console.log(JSON.stringify({ scenario: "all", left, summary }));
  else console.table(summary);
  console.error(`${left} runs are left${values.results === undefined ? "" : `; results: ${values.results}`}`);
  const isHeld = results.runs.every(({ outcome }) => outcome === "held");
  process.exitCode = !isHeld ? 1 : left > 0 ? 3 : 0;
}

const [name = ""] = positionals;
if (name === "all") await all();
else if (commands[name]) await one(name);
else refuse();
