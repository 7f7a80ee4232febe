import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LoadReport } from "../report.ts";
import type { ScenarioRun } from "./results.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const KILL_AFTER_MS = 15_000;
/** As of a shell: ended by SIGINT. */
const INTERRUPTED = 130;
const KEPT_DIGITS = 5;
const REASON_MAX_CHARS = 200;

/** ScenarioRunner measures a scenario within a time, and returns its report, or why there is none. It does not throw. */
export type ScenarioRunner = (
  name: string,
  quick: boolean,
  limitMs: number,
) => Promise<Pick<ScenarioRun, "report" | "error">>;

/** The first line of the last error, without paths of this machine. */
export const reasonOf = (output: string): string =>
  (output.match(/^.*Error[^:\n]*: .*$/gm)?.at(-1) ?? output.trim().split("\n").at(-1) ?? "")
    .replaceAll(ROOT, "")
    .replaceAll(tmpdir(), "")
    .replaceAll("|", "/")
    .slice(0, REASON_MAX_CHARS);

/** More digits tell nothing. */
const kept = (value: number): number => Number(value.toPrecision(KEPT_DIGITS));
const mapValues = <T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));

/** JSON has null for a number that is none: that round measured nothing. */
const keptOf = (rounds: readonly (number | null)[]): readonly number[] =>
  rounds.flatMap((value) => (value === null ? [] : [kept(value)]));

/** A line may be cut off where its program was killed. */
function parsed(line: string): LoadReport | undefined {
  try {
    return JSON.parse(line) as LoadReport;
  } catch {
    return undefined;
  }
}

/** The report in the last line that a scenario printed. */
export function reportIn(output: string): LoadReport | undefined {
  const report = parsed(output.match(/^\{"scenario":.*\}$/gm)?.at(-1) ?? "");
  if (!report) return undefined;
  const { figures, ratios, measured, growth, programs } = report;
  return {
    figures,
    ratios,
    ...(measured && { measured: mapValues(measured, keptOf) }),
    ...(growth && {
      growth: mapValues(growth, (points) => points.map(({ at, rounds }) => ({ at, rounds: keptOf(rounds) }))),
    }),
    ...(programs && { programs }),
  };
}

/** Runs a scenario in a process group of its own, which ends with it, or when its time is up. */
export const runScenario: ScenarioRunner = async (name, quick, limitMs) => {
  const args = ["--no-warnings", MAIN, name, "--json", ...(quick ? ["--quick"] : [])];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const signal = (what: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid as number), what);
    } catch {
      // All of the group have ended.
    }
  };
  const stop = () => {
    signal("SIGKILL");
    process.exit(INTERRUPTED);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk));
  const closed = once(child, "close").catch(() => undefined);
  const ended = Promise.race([once(child, "exit"), closed]).catch(() => undefined);
  const late = new AbortController();
  const limit = delay(limitMs, "late" as const, { signal: late.signal }).catch(() => undefined);
  const isLate = (await Promise.race([ended, limit])) === "late";
  late.abort();
  if (isLate) {
    signal("SIGTERM");
    await Promise.race([ended, delay(KILL_AFTER_MS, undefined, { ref: false })]);
  }
  // What it left running holds its output open.
  signal("SIGKILL");
  await Promise.race([closed, delay(KILL_AFTER_MS, undefined, { ref: false })]);
  process.off("SIGINT", stop).off("SIGTERM", stop);
  const report = reportIn(output);
  if (report) return { report };
  if (isLate) return { error: `it took longer than ${Math.round(limitMs / 1_000)} s` };
  return { error: reasonOf(errors || output) || `it ended with ${child.signalCode ?? child.exitCode}` };
};
