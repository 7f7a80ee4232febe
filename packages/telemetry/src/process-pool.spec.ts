import { spawnSync } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { JobEnded, JobThrew, PoolFull, ProcessPool, type ProcessPoolOptions } from "./process-pool.ts";

/** A process that does what its jobs say. */
const ENTRY = new URL("./process-pool.fixture.ts", import.meta.url);
/** A program that uses a pool when no file descriptor is left. */
const FULL = fileURLToPath(new URL("./process-pool-full.fixture.ts", import.meta.url));

let pool: ProcessPool<string, string> | undefined;
const open = (options: Partial<ProcessPoolOptions> = {}) =>
  (pool = new ProcessPool({
    entry: ENTRY,
    start: "did ",
    processesMax: 1,
    waitingMax: 8,
    timeoutMs: 60_000,
    heapMaxMb: 64,
    stderr: "ignore",
    ...options,
  }));
afterEach(() => pool?.[Symbol.asyncDispose]());

describe("a pool of processes", () => {
  it("runs jobs one after the other", async () => {
    const processes = open();
    expect(await Promise.all(["a", "b", "c"].map((job) => processes.run(job)))).toEqual([
      "did a",
      "did b",
      "did c",
    ]);
  });

  it.each<[string, string, Partial<ProcessPoolOptions>, string]>([
    ["takes too long", "hang", { timeoutMs: 300 }, "it took more than 300 ms"],
    ["computes for too long", "loop", { blockedMaxMs: 300 }, "it computed for more than 300 ms"],
    ["needs too much memory", "grow", {}, "it needed more than 64 MB of memory"],
    ["ends its process", "exit", {}, "its process ended (3)"],
  ])("ends a job that %s, and goes on with the next one", async (_what, job, options, message) => {
    const processes = open(options);
    const failed = processes.run(job);
    const next = processes.run("next", 60_000);
    await expect(failed).rejects.toThrow(JobEnded);
    await expect(failed).rejects.toThrow(message);
    expect(await next).toBe("did next");
  });

  it("reports what a job throws, and keeps its process", async () => {
    const processes = open();
    await expect(processes.run("throw")).rejects.toThrow(JobThrew);
    expect(await processes.run("next")).toBe("did next");
  });

  it("goes on when the whole process group gets a signal", async () => {
    const processes = open();
    expect(await processes.run("signal")).toBe("did signal");
    expect(await processes.run("next")).toBe("did next");
  });

  it("fails a job whose process cannot be started, and outlives that", () => {
    const { stdout, status } = spawnSync("sh", ["-c", 'ulimit -n 64 && exec "$0" "$1"', execPath, FULL], {
      encoding: "utf8",
    });
    expect([stdout, status]).toEqual(["JobEnded: EMFILE\ndid next\n", 0]);
  });

  it("refuses more jobs than may wait", async () => {
    const processes = open({ waitingMax: 1 });
    const first = processes.run("a");
    const second = processes.run("b");
    await expect(processes.run("c")).rejects.toThrow(PoolFull);
    expect(await Promise.all([first, second])).toEqual(["did a", "did b"]);
  });

  it("fails what it still does when it is disposed", async () => {
    const processes = open();
    const both = Promise.allSettled([processes.run("hang"), processes.run("b")]);
    await processes[Symbol.asyncDispose]();
    for (const one of await both) expect(one).toMatchObject({ reason: expect.any(JobEnded) as unknown });
  });
});
