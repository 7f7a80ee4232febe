import { LeasedLimiter } from "@tollgate/data-plane";
import { TokenBuckets } from "../../packages/data-plane/src/limits/token-buckets.ts";
import type { Decisions } from "./decisions.ts";

const WARM_UP = 200_000;
const BATCHES = 5_000;
/** The clock is not read for each decision, which would take as long as one. */
const BATCH = 100;
/** Of as many a worker calls in turn. */
const KEYS = 100;
/** A node keeps at most so many. */
const BUCKETS = 200_000;
const MIB = 1024 * 1024;

const nowMs = () => performance.now();
const MANY = { rateLimit: 100_000_000, burstLimit: 100_000_000 };

async function decisionTimes(): Promise<Pick<Decisions, "p50_us" | "p99_us">> {
  const buckets = new TokenBuckets(nowMs);
  await using limiter = new LeasedLimiter(
    {
      take: async (ask) => buckets.take(ask),
      lease: () => Promise.reject(new Error("there are no quotas here")),
    },
    nowMs,
  );
  const names = Array.from({ length: KEYS }, (_, i) => `000000000000/plan/key-${i}`);
  const decide = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const waitMs = limiter.take(names[i % KEYS] as string, MANY);
      if (waitMs instanceof Promise) await waitMs;
    }
  };
  await decide(WARM_UP);
  const times: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const startMs = nowMs();
    await decide(BATCH);
    times.push(((nowMs() - startMs) * 1_000) / BATCH);
  }
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.floor(times.length * part)] as number;
  return { p50_us: at(0.5), p99_us: at(0.99) };
}

/** The memory of a node's buckets, for a million of them on several nodes. */
function keyMemory(): number {
  const buckets = new TokenBuckets(nowMs);
  const throttle = { rateLimit: 0.01, burstLimit: 10 };
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < BUCKETS; i++)
    buckets.take({ bucket: `000000000000/plan/key-${i}`, throttle, wanted: 5, returned: 0 });
  globalThis.gc?.();
  const bytes = process.memoryUsage().heapUsed - before;
  return ((bytes / buckets.size) * 1_000_000) / MIB;
}

const decisions: Decisions = { million_keys_mib: keyMemory(), ...(await decisionTimes()) };
console.log(JSON.stringify(decisions));
