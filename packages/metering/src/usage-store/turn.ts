import { setImmediate } from "node:timers/promises";

/** Others in the process, such as health checks and queries, wait for no longer than some of these. */
const TURN_MS = 50;

let begunMs = 0;

/** pause gives others their turn of the event loop, if work without a pause has taken long. Long work calls it again and again. */
export async function pause(): Promise<void> {
  if (performance.now() - begunMs < TURN_MS) return;
  await setImmediate();
  begunMs = performance.now();
}
