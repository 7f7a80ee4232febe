import { getHeapStatistics } from "node:v8";
import type { LoadGuard } from "./load-guard.ts";

const CHECK_MS = 250;
/** V8 frees what it can before its heap is so full: what is left is in use. */
const HEAP_PART_MAX = 0.9;

/** memoryShare is what each worker may use of what the system allows all processes of this container; 0: it allows everything. */
export function memoryShare(workers: number, constrainedBytes = process.constrainedMemory()): number {
  const isConstrained = constrainedBytes > 0 && constrainedBytes < Number.MAX_SAFE_INTEGER;
  return isConstrained ? Math.floor((constrainedBytes * 0.9) / workers) : 0;
}

/** watchMemory tells the guard while this process uses more than so many bytes (0: any number), or nearly all of its heap. */
export function watchMemory(maxBytes: number, guard: Pick<LoadGuard, "memory">): NodeJS.Timeout {
  return setInterval(() => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    guard.memory(used > limit * HEAP_PART_MAX || (maxBytes > 0 && process.memoryUsage.rss() > maxBytes));
  }, CHECK_MS).unref();
}
