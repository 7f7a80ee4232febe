import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Decisions are what the limits of one node cost by themselves. */
export interface Decisions {
  readonly p50_us: number;
  readonly p99_us: number;
  readonly million_keys_mib: number;
}

/** measureDecisions measures in a process of its own, which says what is in use after a garbage collection. */
export async function measureDecisions(): Promise<Decisions> {
  const entry = fileURLToPath(new URL("decision-process.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", "--no-warnings", entry]);
  return JSON.parse(stdout) as Decisions;
}
