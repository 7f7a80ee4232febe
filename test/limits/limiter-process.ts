import { join } from "node:path";
import { quotaPeriodOf } from "@tollgate/config";
import { LeasedLimiter, openSharedLimits, QuotaLives } from "@tollgate/data-plane";
import { openRedis, readRedisSettings } from "@tollgate/redis";
import { createLogger, parseSettings } from "@tollgate/telemetry";

/** Load is what callers want of one node. */
export interface Load {
  readonly callsPerSecond: number;
  /** Calls at once, before those. */
  readonly burst?: number;
  readonly throttle?: { readonly rateLimit: number; readonly burstLimit: number };
  readonly quota?: { readonly limit: number; readonly period: "DAY" | "WEEK" | "MONTH" };
}

/** What one node did: calls that it let through, by hundredths of a second of the machine's clock, and the longest that one waited. */
export interface Outcome {
  readonly admitted: readonly (readonly [number, number])[];
  readonly refused: number;
  readonly longestMs: number;
  readonly asked: number;
}

export type ToLimiter =
  | { readonly type: "load"; readonly name: string; readonly load: Load }
  | { readonly type: "report"; readonly id: number }
  | { readonly type: "end" };
export type FromLimiter =
  | { readonly type: "ready" }
  | { readonly type: "report"; readonly id: number; readonly outcome: Outcome };

const BIN_MS = 10;
const TICK_MS = 5;

/** A node without HTTP: the limits of a node with one worker, and callers of its own. */
class LimiterProcess {
  readonly #limiter: LeasedLimiter;
  readonly #machineMs: () => number;
  readonly #bins = new Map<number, number>();
  #refused = 0;
  #longestMs = 0;
  #asked = 0;
  #name = "";
  #load: Load = { callsPerSecond: 0 };
  #due = 0;
  #lastMs = performance.now();

  constructor(limiter: LeasedLimiter, machineMs: () => number) {
    this.#limiter = limiter;
    this.#machineMs = machineMs;
    setInterval(() => this.#tick(), TICK_MS);
  }

  take(name: string, load: Load): void {
    this.#name = name;
    this.#load = load;
    this.#due = load.burst ?? 0;
    this.#lastMs = performance.now();
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#due += ((nowMs - this.#lastMs) * this.#load.callsPerSecond) / 1000;
    this.#lastMs = nowMs;
    for (; this.#due >= 1; this.#due--) void this.#call();
  }

  async #call(): Promise<void> {
    const { throttle, quota } = this.#load;
    const startMs = performance.now();
    this.#asked++;
    let isAllowed = true;
    if (throttle) {
      const waitMs = this.#limiter.take(this.#name, throttle);
      isAllowed = (waitMs instanceof Promise ? await waitMs : waitMs) === 0;
    }
    if (isAllowed && quota) {
      const { name: period, endUnixMs } = quotaPeriodOf(quota.period, Date.now());
      const allowance = { limit: quota.limit, period, endsUnixMs: endUnixMs, offset: 0 };
      const used = this.#limiter.use(this.#name, allowance);
      isAllowed = used instanceof Promise ? await used : used;
    }
    this.#longestMs = Math.max(this.#longestMs, performance.now() - startMs);
    if (!isAllowed) {
      this.#refused++;
      return;
    }
    const bin = Math.floor(this.#machineMs() / BIN_MS);
    this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + 1);
  }

  report(): Outcome {
    const outcome = {
      admitted: [...this.#bins].map(([bin, count]) => [bin * BIN_MS, count] as const),
      refused: this.#refused,
      longestMs: this.#longestMs,
      asked: this.#asked,
    };
    this.#bins.clear();
    this.#refused = 0;
    this.#longestMs = 0;
    this.#asked = 0;
    return outcome;
  }
}

const [nodeId = "", folder = "", skewMs = "0"] = process.argv.slice(2);
const machineNow = Date.now;
if (Number(skewMs) !== 0) Date.now = () => machineNow() + Number(skewMs);
const settings = parseSettings(process.env, (read) => {
  const { redis, problems } = readRedisSettings(read);
  return { value: redis, problems };
});
if (!settings) throw new Error("TOLLGATE_REDIS is not set");
const logger = createLogger(nodeId, "error");
const redis = await openRedis(settings, logger);
const limits = await openSharedLimits({
  redis,
  lives: new QuotaLives(join(folder, "quota-lives.db"), nodeId, logger),
  folder,
  withoutRedis: "fair",
  knownNodes: () => 1,
  logger,
});
const limiter = new LeasedLimiter(
  { take: async (ask) => limits.buckets.take(ask), lease: async (ask) => limits.quotas.lease(ask) },
  () => performance.now(),
);
const node = new LimiterProcess(limiter, machineNow);
const send = (message: FromLimiter) => process.send?.(message);

process.on("message", (message: ToLimiter) => {
  if (message.type === "load") node.take(message.name, message.load);
  else if (message.type === "report") send({ type: "report", id: message.id, outcome: node.report() });
  else
    void (async () => {
      await limiter[Symbol.asyncDispose]();
      await limits[Symbol.asyncDispose]();
      process.exit(0);
    })();
});
process.on("disconnect", () => process.exit(0));
send({ type: "ready" });
