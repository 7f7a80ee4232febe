import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CACHE, onceAtATime, run } from "./cache.ts";
import { pythonVersion } from "./python.ts";

/** The fuzzing client and the newest virtualenv that makes environments for Python 2.7. */
const AUTOBAHN = "autobahntestsuite==25.10.1";
const VIRTUALENV = "virtualenv==20.15.1";

/** Python 2.7, which the fuzzing client needs. */
async function python2(): Promise<string> {
  const found = await pythonVersion("2.7");
  if (found !== undefined) return found;
  throw new Error("please install Python 2.7 (pyenv has it): the Autobahn fuzzing client needs it");
}

/** The command of the fuzzing client, installed once. */
const wstest = (): Promise<string> => onceAtATime(AUTOBAHN, installAutobahn);

async function installAutobahn(): Promise<string> {
  const folder = join(CACHE, AUTOBAHN);
  const command = join(folder, "bin", "wstest");
  if (existsSync(command)) return command;
  const python = await python2();
  const maker = mkdtempSync(join(tmpdir(), "tollgate-virtualenv-"));
  try {
    const quiet = ["-q", "--disable-pip-version-check"];
    await run(python, ["-m", "pip", "install", ...quiet, "--target", maker, VIRTUALENV]);
    await run(python, ["-m", "virtualenv", folder], { env: { ...process.env, PYTHONPATH: maker } });
    await run(join(folder, "bin", "pip"), ["install", ...quiet, AUTOBAHN], { maxBuffer: 64 << 20 });
  } finally {
    rmSync(maker, { recursive: true });
  }
  return command;
}

/** AutobahnVerdict is what the fuzzing client says of one case. */
export interface AutobahnVerdict {
  /** Such as "1.1.1". */
  readonly id: string;
  /** Of what was received: OK, NON-STRICT, INFORMATIONAL, UNIMPLEMENTED or FAILED. */
  readonly behavior: string;
  /** Of how the connection was closed. */
  readonly behaviorClose: string;
  /** The status with which the server closed the connection; null: none. */
  readonly remoteCloseCode: number | null;
}

/** runAutobahn runs cases, such as "1.*", against a server that echoes. */
export async function runAutobahn(
  url: string,
  cases: readonly string[],
): Promise<readonly AutobahnVerdict[]> {
  const command = await wstest();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-autobahn-"));
  try {
    const spec = join(folder, "spec.json");
    const servers = [{ agent: "tollgate", url }];
    const none = { "exclude-cases": [], "exclude-agent-cases": {} };
    writeFileSync(spec, JSON.stringify({ outdir: folder, servers, cases, ...none }));
    await run(command, ["-m", "fuzzingclient", "-s", spec], { maxBuffer: 64 << 20 });
    const { tollgate } = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as {
      tollgate: Readonly<Record<string, Omit<AutobahnVerdict, "id">>>;
    };
    return Object.entries(tollgate).map(([id, verdict]) => ({ id, ...verdict }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
