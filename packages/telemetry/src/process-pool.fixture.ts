import { serveJobs } from "./process-pool.ts";

/** A process of a pool that does what its jobs say. */
serveJobs((prefix: string) => (job: string) => {
  if (job === "loop") for (;;);
  if (job === "hang") return new Promise<string>(() => undefined);
  // One array that grows: in a thread, it would end the whole process.
  if (job === "grow") for (const all: object[] = []; ; ) all.push({});
  if (job === "exit") process.exit(3);
  if (job === "signal") for (const signal of ["SIGTERM", "SIGINT"]) process.kill(process.pid, signal);
  if (job === "throw") throw new Error("thrown");
  return prefix + job;
});
