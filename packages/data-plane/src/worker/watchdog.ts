import { Worker } from "node:worker_threads";
import { BEAT_MS, type WatchdogStart } from "./watchdog-thread.ts";

const ENTRY = new URL(
  import.meta.url.endsWith(".ts") ? "./watchdog-thread.ts" : "./watchdog-thread.js",
  import.meta.url,
);
/** The thread only waits: its memory is little. */
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/**
 * startWatchdog watches this process's event loop from a thread of its own, which ends the process when it is blocked: the supervisor then replaces
 * the worker. It returns when the thread watches; `report` hears if it cannot.
 */
export async function startWatchdog(
  options: Omit<WatchdogStart, "beats">,
  report: (error: Error) => void,
): Promise<void> {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: WatchdogStart = { ...options, beats };
  const thread = new Worker(ENTRY, { workerData, resourceLimits: LIMITS });
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
  await new Promise<void>((resolve) => {
    thread.once("message", () => resolve());
    thread.on("error", (error: Error) => {
      report(error);
      resolve();
    });
  });
  thread.unref();
}
