import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess } from "../../kit/process.ts";
import type { SuiteOutcome } from "./suite.ts";

const OUTCOMES_PLUGIN = fileURLToPath(new URL("../pytest/", import.meta.url));

export interface PytestRun {
  /** Plugins of our own: their folder, and their modules. */
  readonly plugins: { readonly folder: string; readonly names: readonly string[] };
  /** Where the tests are. */
  readonly folder: string;
  /** Folders that modules are imported from. */
  readonly sources: readonly string[];
  /** Arguments: which tests. */
  readonly tests: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** runPytest runs tests with an interpreter that has pytest, and returns what became of each that was not skipped. */
export async function runPytest(
  python: string,
  { plugins, folder, sources, tests, env }: PytestRun,
): Promise<readonly SuiteOutcome[]> {
  const home = mkdtempSync(join(tmpdir(), "tollgate-outcomes-"));
  const outcomes = join(home, "outcomes");
  try {
    const loaded = ["outcomes_plugin", ...plugins.names, "no:cacheprovider"].flatMap((name) => ["-p", name]);
    const options = ["-W", "ignore", "-q", "--tb=short"];
    const pytest = startProcess(python, ["-m", "pytest", ...loaded, ...options, ...tests], {
      cwd: folder,
      env: {
        ...process.env,
        HOME: home,
        OUTCOMES: outcomes,
        PYTHONPATH: [...sources, plugins.folder, OUTCOMES_PLUGIN].join(":"),
        PYTHONDONTWRITEBYTECODE: "1",
        ...env,
      },
    });
    const [code]: readonly unknown[] = await once(pytest.child, "exit");
    // 1: some failed. Whatever else ends it, tests that were not run would be missing from the count.
    if (code !== 0 && code !== 1) throw new Error(`pytest ended with ${code}: ${pytest.output()}`);
    const lines = readFileSync(outcomes, { encoding: "utf8", flag: "a+" }).trim();
    if (lines === "") throw new Error(`no test was run: ${pytest.output()}`);
    return lines.split("\n").map(outcomeOf);
  } finally {
    rmSync(home, { recursive: true });
  }
}

function outcomeOf(line: string): SuiteOutcome {
  const { file, title, difference } = JSON.parse(line) as {
    readonly file: string;
    readonly title: string;
    readonly difference: string | null;
  };
  return { part: file, title: `${file}: ${title}`, difference: difference ?? undefined };
}
