import { closeSync, openSync } from "node:fs";
import { ProcessPool } from "./process-pool.ts";

/** Uses a pool when no file descriptor is left, and again when there are some. */
const pool = new ProcessPool<string, string>({
  entry: new URL("./process-pool.fixture.ts", import.meta.url),
  start: "did ",
  processesMax: 1,
  waitingMax: 1,
  timeoutMs: 60_000,
  heapMaxMb: 64,
  stderr: "ignore",
});
// The output opens its own before.
process.stdout.write("");
const opened: number[] = [];
try {
  for (;;) opened.push(openSync("/dev/null", "r"));
} catch {
  // Now there is none.
}
const failed = await pool.run("first").catch((error: Error) => error);
if (failed instanceof Error)
  process.stdout.write(`${failed.constructor.name}: ${failed.message.split(" ").at(-1)}\n`);
for (const one of opened) closeSync(one);
process.stdout.write(`${await pool.run("next")}\n`);
await pool[Symbol.asyncDispose]();
