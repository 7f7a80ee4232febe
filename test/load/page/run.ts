import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run as runProgram } from "../../kit/cache.ts";
import { round } from "../cpu.ts";
import { ON_PAGE } from "../figures.ts";
import { formatPage } from "./format.ts";
import type { Machine, PageResults } from "./results.ts";
import { runScenario, type ScenarioRunner } from "./run-scenario.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const MINUTES = 40;
const QUICK_MINUTES = 15;

/** PageOptions is what is measured for the page, and where it goes. */
export interface PageOptions {
  readonly quick: boolean;
  /** Names of scenarios; empty: all of the page. The others keep what was measured before. */
  readonly only: string;
  /** What would begin after so many is not measured; 0: 40, of a quick run 15. */
  readonly minutes: number;
  /** A folder; empty: that of the documentation, of a quick run a temporary one. */
  readonly to: string;
  /** Whether the page is only made again of what was measured. */
  readonly render: boolean;
}

const machineOf = (): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  kernel: release().replace(/-.*/, ""),
  node: process.version,
});

async function commitOf(): Promise<string> {
  const git = (...args: readonly string[]) =>
    runProgram("git", args, { cwd: ROOT }).then(
      ({ stdout }) => stdout.trim(),
      () => "unknown",
    );
  const changes = await git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!packages/docs");
  return `${await git("rev-parse", "--short=8", "HEAD")}${changes === "" ? "" : "+"}`;
}

/** makePage measures the scenarios of the page one after the other. One that fails is not measured, and the others go on. Returns the exit code. */
export async function makePage(
  { quick, only, minutes, to, render }: PageOptions,
  measure: ScenarioRunner = runScenario,
): Promise<number> {
  const folder = to || (quick ? join(tmpdir(), "tollgate-performance") : join(ROOT, "packages", "docs"));
  mkdirSync(folder, { recursive: true });
  const [page, file] = [join(folder, "performance.md"), join(folder, "performance.json")];
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as PageResults) : undefined;
  const onPage = Object.keys(ON_PAGE);
  const chosen = only === "" ? onPage : only.split(",");
  const unknown = chosen.filter((name) => !onPage.includes(name));
  if (unknown.length > 0) {
    console.error(`--only: ${unknown.join(", ")} is not on the page; these are: ${onPage.join(", ")}`);
    return 2;
  }
  let results: PageResults = { machine: machineOf(), runs: { ...before?.runs } };
  const save = () => {
    writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
    writeFileSync(page, formatPage(results));
  };
  const endMs = performance.now() + (minutes || (quick ? QUICK_MINUTES : MINUTES)) * 60_000;
  const commit = await commitOf();
  for (const name of render ? [] : chosen) {
    const startMs = performance.now();
    const at = new Date().toISOString();
    const load = round(loadavg()[0] ?? Number.NaN, 1);
    const isTimeUp = startMs >= endMs;
    console.error(isTimeUp ? `${name}: the time is up` : `${name} ...`);
    const ran = isTimeUp
      ? { error: "the time for the page was up" }
      : await measure(name, quick, endMs - startMs);
    const seconds = round((performance.now() - startMs) / 1_000, 1);
    if (ran.error !== undefined) console.error(`${name}: ${ran.error}`);
    results = {
      ...results,
      runs: { ...results.runs, [name]: { at, commit, seconds, load, isQuick: quick, ...ran } },
    };
    save();
  }
  if (render) {
    results = before ?? results;
    save();
  }
  console.error(page);
  return chosen.every((name) => results.runs[name]?.report) ? 0 : 1;
}
