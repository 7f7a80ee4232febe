import { randomInt } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { builtEnv } from "../kit/cluster.ts";
import { JsonLines } from "../kit/json-lines.ts";
import { startProcess } from "../kit/process.ts";

/** Greatest seed that is drawn. */
const SEED_MAX = 2 ** 31;
const ENTRY = fileURLToPath(new URL("main.ts", import.meta.url));
/** Runs share the machine with each other, and with whatever else it does. */
const PATIENCE = "6";
/** How much of what a run that broke off had printed is kept. */
const KEPT_CHARS = 4_000;

/** Run is one scenario with one seed, and how it ended. */
export interface Run {
  readonly scenario: string;
  readonly seed: number;
  /** Arguments besides the seed: runs with others are no results of these. */
  readonly args: readonly string[];
  /** wrong: something that was promised does not hold; broken: the run did not come to its end. */
  readonly outcome: "held" | "wrong" | "broken";
  readonly seconds: number;
  /** What the run printed; for a broken one, its last words. */
  readonly report: unknown;
}

/** A line of the file of results: seeds that were drawn, before any of them was run, or a run. */
type Line = { readonly seeds: readonly number[] } | Run;

/** Results are the seeds and the runs with some arguments, in a file with a line of JSON for each. A file that is there is gone on with. */
export class Results {
  readonly args: readonly string[];
  readonly #file: JsonLines<Line> | undefined;
  readonly #seeds: number[] = [];
  readonly #runs: Run[] = [];

  /** Without a path, they are kept in no file. */
  constructor(path: string | undefined, args: readonly string[]) {
    this.args = args;
    this.#file = path === undefined ? undefined : new JsonLines(path);
    for (const line of this.#file?.all ?? []) this.#take(line);
  }

  #take(line: Line): void {
    if ("seeds" in line) this.#seeds.push(...line.seeds);
    else if (isDeepStrictEqual(line.args, this.args)) this.#runs.push(line);
  }

  #write(line: Line): void {
    this.#file?.add(line);
    this.#take(line);
  }

  get runs(): readonly Run[] {
    return this.#runs;
  }

  add(run: Run): void {
    this.#write(run);
  }

  /** The first seeds of the file; more are drawn if it has fewer. */
  seeds(count: number): readonly number[] {
    const missing = count - this.#seeds.length;
    if (missing > 0) this.#write({ seeds: Array.from({ length: missing }, () => randomInt(1, SEED_MAX)) });
    return this.#seeds.slice(0, count);
  }

  has(scenario: string, seed: number): boolean {
    return this.#runs.some((run) => run.scenario === scenario && run.seed === seed);
  }

  /** How long the longest run of a scenario took; 0: there was none. */
  longestSeconds(scenario: string): number {
    return Math.max(
      0,
      ...this.#runs.filter((run) => run.scenario === scenario).map(({ seconds }) => seconds),
    );
  }
}

export interface SeedsOptions {
  readonly scenarios: readonly string[];
  readonly count: number;
  readonly results: Results;
  /** No run is begun, after the first one, that would not end within this time if it took as long as the longest of its scenario. */
  readonly minutes: number;
  /** A run that takes longer is ended. */
  readonly runMinutes: number;
  /** How many runs are made at a time: they wait more than they compute. */
  readonly atOnce: number;
  readonly onRun: (run: Run) => void;
  /** Ends the runs that are being made, which are not counted, and begins no other. */
  readonly signal: AbortSignal;
  /** Makes one run. */
  readonly run?: (asked: AskedRun, runMinutes: number, signal: AbortSignal) => Promise<Run>;
}

type AskedRun = Pick<Run, "scenario" | "seed" | "args">;

/** runSeeds runs each scenario with each seed, in a process and on a cluster of its own, `atOnce` at a time. It returns how many runs are still to be made. */
export async function runSeeds(options: SeedsOptions): Promise<number> {
  const {
    scenarios,
    count,
    results,
    minutes,
    runMinutes,
    atOnce,
    onRun,
    signal,
    run: make = runOne,
  } = options;
  const deadlineMs = performance.now() + minutes * 60_000;
  const wanted = results
    .seeds(count)
    .flatMap((seed) => scenarios.map((scenario) => ({ scenario, seed })))
    .filter(({ scenario, seed }) => !results.has(scenario, seed));
  const waiting = [...wanted];
  let done = 0;
  const runWaiting = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const endMs = performance.now() + results.longestSeconds(next.scenario) * 1_000;
      if (signal.aborted || (done > 0 && endMs > deadlineMs)) return;
      const run = await make({ ...next, args: results.args }, runMinutes, signal);
      if (signal.aborted) return;
      results.add(run);
      onRun(run);
      done++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runWaiting));
  return wanted.length - done;
}

async function runOne(
  { scenario, seed, args }: AskedRun,
  runMinutes: number,
  signal: AbortSignal,
): Promise<Run> {
  const startMs = performance.now();
  const run = startProcess(
    process.execPath,
    ["--disable-warning=TimeoutNegativeWarning", ENTRY, scenario, "--seed", String(seed), "--json", ...args],
    { env: { TOLLGATE_TEST_PATIENCE: PATIENCE, ...process.env, ...builtEnv } },
  );
  // It ends what it has started, which nobody else knows of.
  const end = () => void run.kill("SIGTERM");
  const late = setTimeout(end, runMinutes * 60_000);
  signal.addEventListener("abort", end);
  await once(run.child, "close");
  signal.removeEventListener("abort", end);
  clearTimeout(late);
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  const printed = /^\{"scenario":.*\}$/m.exec(run.output())?.[0];
  if (printed === undefined)
    return { scenario, seed, args, outcome: "broken", seconds, report: run.output().slice(-KEPT_CHARS) };
  const outcome = run.child.exitCode === 0 ? "held" : "wrong";
  return { scenario, seed, args, outcome, seconds, report: JSON.parse(printed) as unknown };
}

const COUNTED = [
  "restarts",
  "sent",
  "lost",
  "doubled",
  "failed",
  "configWrong",
  "limitsWrong",
  "metricsWrong",
] as const;

/** summaryOf adds up the runs of each scenario. */
export function summaryOf(runs: readonly Run[]): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const scenarios = [...new Set(runs.map(({ scenario }) => scenario))];
  return Object.fromEntries(
    scenarios.map((scenario) => {
      const own = runs.filter((run) => run.scenario === scenario);
      const ended = (outcome: Run["outcome"]) => own.filter((run) => run.outcome === outcome).length;
      const reports = own.filter(({ outcome }) => outcome !== "broken").map(({ report }) => report);
      const total = (name: string) =>
        reports.reduce<number>((sum, report) => sum + ((report as Record<string, number>)[name] ?? 0), 0);
      return [
        scenario,
        {
          runs: own.length,
          held: ended("held"),
          wrong: ended("wrong"),
          broken: ended("broken"),
          ...Object.fromEntries(COUNTED.map((name) => [name, total(name)])),
        },
      ];
    }),
  );
}
