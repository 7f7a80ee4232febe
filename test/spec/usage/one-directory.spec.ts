import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { baseEnv, type RunningProcess, startProcess, until } from "../../kit/process.ts";

const entry = (name: string) =>
  fileURLToPath(new URL(`../../../packages/${name}/src/main.ts`, import.meta.url));
/** Nothing listens there: a node retries, and runs. */
const NOWHERE = "127.0.0.1:1";
const started: RunningProcess[] = [];
const homes: string[] = [];
afterAll(async () => {
  await Promise.all(started.map((running) => running.kill("SIGKILL")));
  for (const home of homes) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

function start(name: string, home: string, env: Record<string, string> = {}): RunningProcess {
  const running = startProcess(process.execPath, ["--no-warnings", entry(name)], {
    env: {
      ...baseEnv(),
      TOLLGATE_HOME: home,
      TOLLGATE_LOG_LEVEL: "fatal",
      TOLLGATE_AUTH: "none",
      TOLLGATE_HTTP_PORT: "0",
      TOLLGATE_HTTPS_PORT: "0",
      TOLLGATE_ADMIN_PORT: "0",
      TOLLGATE_GRPC_PORT: "0",
      TOLLGATE_CONTROL_PORT: "0",
      ...env,
    },
  });
  started.push(running);
  return running;
}
const startNode = (home: string, nodeId: string, workers = 1) =>
  start("data-plane", home, {
    TOLLGATE_NODE_ID: nodeId,
    TOLLGATE_KAFKA: NOWHERE,
    TOLLGATE_CONTROL_PLANE: NOWHERE,
    TOLLGATE_WORKERS: String(workers),
  });

function homeOf(): string {
  const home = mkdtempSync(join(tmpdir(), "tollgate-home-"));
  homes.push(home);
  return home;
}
const holderOf = (folder: string) => JSON.parse(readFileSync(join(folder, "process.json"), "utf8"));
const holds = (folder: string, { child, output }: RunningProcess) =>
  until(
    () => `process ${child.pid} has ${folder}: ${output()}`,
    () => existsSync(join(folder, "process.json")) && holderOf(folder).pid === child.pid,
  );
const ended = (running: RunningProcess) =>
  until(() => `it refuses to start: ${running.output()}`, running.hasEnded);
const spoolFiles = (folder: string, count: number) =>
  until("the workers have opened their spool files", () => {
    const spool = join(folder, "spool");
    const names = existsSync(spool) ? readdirSync(spool).filter((name) => name.endsWith(".spool")) : [];
    return names.length >= count ? names : undefined;
  });

describe("a state directory belongs to one process", () => {
  it("a second node of the same name refuses to start, and says who has the directory and what to change", async () => {
    const home = homeOf();
    const folder = join(home, "data-plane", "edge");
    const first = startNode(home, "edge");
    await holds(folder, first);
    const before = await spoolFiles(folder, 1);
    const second = startNode(home, "edge");
    await ended(second);
    expect(second.child.exitCode).toBe(1);
    expect(second.output().trim()).toBe(
      `the state directory ${folder} is in use by data-plane with process id ${first.child.pid} on host ${hostname()}, started at ${holderOf(folder).startedAt}: stop that process, or set TOLLGATE_NODE_ID or TOLLGATE_HOME of one of the two to another value`,
    );
    expect(first.child.exitCode).toBeNull();
    expect(await spoolFiles(folder, 1)).toEqual(before);
    // Another name is another directory below the same home.
    await holds(join(home, "data-plane", "other"), startNode(home, "other"));
  });

  it("a node starts at once after SIGKILL of the one before, whose workers have ended by then", async () => {
    const home = homeOf();
    const folder = join(home, "data-plane", "edge");
    const first = startNode(home, "edge", 2);
    await holds(folder, first);
    await spoolFiles(folder, 2);
    await first.kill("SIGKILL");
    await holds(folder, startNode(home, "edge", 2));
  });

  it("a second control plane on one embedded store refuses to start", async () => {
    const home = homeOf();
    const first = start("control-plane", home);
    await holds(join(home, "control-plane"), first);
    const second = start("control-plane", home);
    await ended(second);
    expect(second.output()).toContain(
      `is in use by control-plane with process id ${first.child.pid} on host ${hostname()}`,
    );
    expect(second.output()).toContain("set TOLLGATE_HOME to another directory, or TOLLGATE_ETCD");
  });
});
