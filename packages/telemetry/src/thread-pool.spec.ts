import { afterEach, describe, expect, it } from "vitest";
import { JobEnded, JobThrew, PoolFull, ThreadPool, type ThreadPoolOptions } from "./thread-pool.ts";

/** A thread that does what its jobs say. */
const ENTRY = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, workerData } from "node:worker_threads";
    parentPort.on("message", (job) => {
      if (job === "loop") for (;;);
      if (job === "hang") return;
      if (job === "grow") for (const all = []; ; ) all.push(new Array(1e6).fill({}));
      if (job === "exit") process.exit(3);
      parentPort.postMessage(job === "throw" ? { error: "Error: thrown" } : { result: workerData + job });
    });
  `)}`,
);

let pool: ThreadPool<string, string> | undefined;
const open = (options: Partial<ThreadPoolOptions> = {}) =>
  (pool = new ThreadPool({
    entry: ENTRY,
    workerData: "did ",
    threadsMax: 1,
    waitingMax: 8,
    timeoutMs: 60_000,
    heapMaxMb: 64,
    ...options,
  }));
afterEach(() => pool?.[Symbol.asyncDispose]());

describe("a pool of threads", () => {
  it("runs jobs one after the other", async () => {
    const threads = open();
    expect(await Promise.all(["a", "b", "c"].map((job) => threads.run(job)))).toEqual([
      "did a",
      "did b",
      "did c",
    ]);
  });

  it.each<[string, string, Partial<ThreadPoolOptions>, string]>([
    ["takes too long", "hang", { timeoutMs: 300 }, "it took more than 300 ms"],
    ["computes for too long", "loop", { busyMaxMs: 300 }, "it computed for more than 300 ms"],
    ["needs too much memory", "grow", {}, "memory"],
    ["ends its thread", "exit", {}, "the thread ended"],
  ])("ends a job that %s, and goes on with the next one", async (_what, job, options, message) => {
    const threads = open(options);
    const failed = threads.run(job);
    const next = threads.run("next", 60_000);
    await expect(failed).rejects.toThrow(JobEnded);
    await expect(failed).rejects.toThrow(message);
    expect(await next).toBe("did next");
  });

  it("reports what a job throws, and keeps its thread", async () => {
    const threads = open();
    await expect(threads.run("throw")).rejects.toThrow(JobThrew);
    expect(await threads.run("next")).toBe("did next");
  });

  it("refuses more jobs than may wait", async () => {
    const threads = open({ waitingMax: 1 });
    const first = threads.run("a");
    const second = threads.run("b");
    await expect(threads.run("c")).rejects.toThrow(PoolFull);
    expect(await Promise.all([first, second])).toEqual(["did a", "did b"]);
  });

  it("fails what it still does when it is disposed", async () => {
    const threads = open();
    const both = Promise.allSettled([threads.run("hang"), threads.run("b")]);
    await threads[Symbol.asyncDispose]();
    for (const one of await both) expect(one).toMatchObject({ reason: expect.any(JobEnded) as unknown });
  });
});
