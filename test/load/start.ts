import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess, until } from "../kit/process.ts";
import { median, round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";
import { standalonePorts } from "./standalone-ports.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** start measures from `npm start` to the first answered call, on a fresh home each time. */
export async function start({ rounds }: { readonly rounds: number }): Promise<LoadReport> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const home = mkdtempSync(join(tmpdir(), "tollgate-start-"));
    const ports = await standalonePorts();
    const beginMs = performance.now();
    const npm = startProcess("npm", ["start"], {
      cwd: ROOT,
      detached: true,
      env: { ...process.env, ...ports, TOLLGATE_HOME: home },
    });
    const url = `http://127.0.0.1:${ports.TOLLGATE_HTTP_PORT}/_aws/execute-api/tollgate01/dev/mock`;
    await until(
      () => `npm start: ${npm.output()}`,
      () =>
        fetch(url).then(
          (r) => r.status === 200,
          () => false,
        ),
    );
    times.push(performance.now() - beginMs);
    process.kill(-(npm.child.pid as number), "SIGINT");
    await until(
      "npm start stops on Ctrl-C",
      () => npm.child.exitCode !== null || npm.child.signalCode !== null,
    );
    rmSync(home, { recursive: true, force: true });
  }
  return {
    figures: { starts: rounds, median_ms: round(median(times), 0), max_ms: round(Math.max(...times), 0) },
    ratios: {},
  };
}
