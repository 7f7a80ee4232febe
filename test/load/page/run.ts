import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run as runProgram } from "../../kit/cache.ts";
import { round } from "../cpu.ts";
import { ON_PAGE } from "../figures.ts";
import { formatPage } from "./format.ts";
import type { Machine, PageResults, ScenarioRun } from "./results.ts";
import { runScenario, type ScenarioRunner } from "./run-scenario.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const MINUTES = 40;
const QUICK_MINUTES = 15;
/** What takes longer than this hangs. */
const SCENARIO_MINUTES = 10;

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

/** Whoever ends this meanwhile leaves the file as it was. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** Measures one scenario, if there is time left. */
async function runOf(
  name: string,
  { quick, commit, leftMs }: { readonly quick: boolean; readonly commit: string; readonly leftMs: number },
  measure: ScenarioRunner,
): Promise<ScenarioRun> {
  const startMs = performance.now();
  const at = new Date().toISOString();
  const load = round(loadavg()[0] ?? Number.NaN, 1);
  console.error(`${name} ...`);
  const ran =
    leftMs <= 0
      ? { error: "the time for the page was up" }
      : await measure(name, quick, Math.min(leftMs, SCENARIO_MINUTES * 60_000));
  if (ran.error !== undefined) console.error(`${name}: ${ran.error}`);
  const seconds = round((performance.now() - startMs) / 1_000, 1);
  return { at, commit, seconds, load, isQuick: quick, ...ran };
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
  const machine = machineOf();
  const isKept = (name: string) => !chosen.includes(name) && before?.runs[name]?.report !== undefined;
  if (!render && onPage.some(isKept) && JSON.stringify(machine) !== JSON.stringify(before?.machine)) {
    console.error(
      `--only: the others were measured on another machine, or by another Node.js: ${JSON.stringify(before?.machine)}. Measure all, or give another folder with --to`,
    );
    return 2;
  }
  const save = (results: PageResults) => {
    replaceFile(file, `${JSON.stringify(results, undefined, 2)}\n`);
    replaceFile(page, formatPage(results));
  };
  let results: PageResults = { machine, runs: { ...before?.runs } };
  if (render) results = before ?? results;
  const endMs = performance.now() + (minutes || (quick ? QUICK_MINUTES : MINUTES)) * 60_000;
  const commit = await commitOf();
  for (const name of render ? [] : chosen) {
    const run = await runOf(name, { quick, commit, leftMs: endMs - performance.now() }, measure);
    results = { ...results, runs: { ...results.runs, [name]: run } };
    save(results);
  }
  save(results);
  console.error(page);
  return chosen.every((name) => results.runs[name]?.report) ? 0 : 1;
}
