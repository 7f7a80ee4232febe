import type { Cluster } from "../kit/cluster.ts";
import { until } from "../kit/process.ts";
import { readTopic, type TopicTruth } from "./truth.ts";

/** UsageFindings is what became of the usage of calls: those that metering counted, and reports as missing. */
export interface UsageFindings {
  readonly recorded: number;
  readonly missing: number;
  /** Calls that are neither in the records nor reported as missing. */
  readonly lost: number;
  /** Calls that are in the records twice. */
  readonly doubled: number;
}

/** How long records may take to the topic, and from there to metering. */
const RECORDED_WITHIN_MS = 60_000;

/** UsageCheck compares what a driver knows of its calls with the topic, read independently of metering, and with what metering counts. */
export class UsageCheck {
  readonly #usage: Cluster["usage"];
  readonly #broker: string;
  readonly #topicBefore: TopicTruth;
  readonly #before: Counted;

  private constructor(usage: Cluster["usage"], broker: string, topicBefore: TopicTruth, before: Counted) {
    this.#usage = usage;
    this.#broker = broker;
    this.#topicBefore = topicBefore;
    this.#before = before;
  }

  static async begin(usage: Cluster["usage"], broker: string): Promise<UsageCheck> {
    const before = await countedCalls(usage);
    const none = { requestIds: new Map<string, number>(), eventCount: 0 };
    return new UsageCheck(usage, broker, await readTopic(broker).catch(() => none), before);
  }

  /** Waits for the records of the calls that were answered. Besides them, so many others were made, of which only those that metering reports as missing may be missing. */
  async settle(answered: readonly string[], others: number): Promise<UsageFindings> {
    let truth = this.#topicBefore;
    let counted: Counted = { calls: 0, missing: 0 };
    const events = () => truth.eventCount - this.#topicBefore.eventCount;
    const gone = () => answered.filter((id) => !truth.requestIds.has(id)).length;
    await until(
      () => `all ${answered.length} answered calls on the topic, of which ${events()} are`,
      async () => {
        truth = await readTopic(this.#broker);
        counted = await this.#counted();
        return gone() <= counted.missing;
      },
      RECORDED_WITHIN_MS,
    ).catch(() => undefined);
    // The last of the other calls may reach the topic later than these.
    await until(
      "metering counts the whole topic",
      async () => {
        truth = await readTopic(this.#broker);
        counted = await this.#counted();
        return counted.calls === events();
      },
      RECORDED_WITHIN_MS,
    ).catch(() => undefined);
    const silent = Math.max(gone() - counted.missing, counted.missing - gone() - others, 0);
    const twice = [...truth.requestIds.values()].filter((count) => count > 1).length;
    return {
      recorded: counted.calls,
      missing: counted.missing,
      lost: silent + Math.max(0, events() - counted.calls),
      doubled: twice + Math.max(0, counted.calls - events()),
    };
  }

  async #counted(): Promise<Counted> {
    const now = await countedCalls(this.#usage);
    return { calls: now.calls - this.#before.calls, missing: now.missing - this.#before.missing };
  }
}

interface Counted {
  readonly calls: number;
  readonly missing: number;
}

/** What metering has counted, and what it reports as missing. */
async function countedCalls(usage: Cluster["usage"]): Promise<Counted> {
  const { rows, missingEventCount } = await usage.queryUsage({});
  return {
    calls: rows.reduce((sum, row) => sum + Number(row.callCount), 0),
    missing: Number(missingEventCount),
  };
}
