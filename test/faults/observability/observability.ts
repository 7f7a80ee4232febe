import type { UsageEvent } from "@tollgate/proto/usage";
import { type Boto, startBoto } from "../../kit/boto.ts";
import type { Cluster } from "../../kit/cluster.ts";
import { killWorker } from "../../kit/node-workers.ts";
import { until } from "../../kit/process.ts";
import { Outages } from "../outages.ts";
import type { FaultsWorld } from "../scenarios.ts";
import { readTopic } from "../truth.ts";
import { CountedMetrics, isObserved } from "./counted-metrics.ts";
import { type LoggedCalls, readLogged } from "./logged-calls.ts";
import { deployObserved, OBSERVED, type ObservedApis, WEB_SOCKET } from "./observed-apis.ts";
import { ObservedCalls } from "./observed-calls.ts";
import { ObservedMessages } from "./observed-messages.ts";
import { Latencies } from "./percentiles.ts";
import { readMetrics, totalOf } from "./read-metrics.ts";

/** How long usage and lines may take to get where they are asked for. */
const STORED_WITHIN_MS = 60_000;

export interface ObservabilityOptions {
  readonly calls: number;
  readonly random: () => number;
}

/** ObservabilityReport compares what a driver knows of its calls with what CloudWatch's APIs say of them. */
export interface ObservabilityReport {
  /** Calls and messages that were answered, and those that the killed worker left without a response. */
  readonly sent: number;
  readonly messages: number;
  readonly cut: number;
  /** Of those, what was recorded before the worker was killed. */
  readonly unanswered: number;
  readonly metrics: number;
  readonly metricsWrong: number;
  readonly percentiles: number;
  /** The largest of their errors, as a part of the exact value. */
  readonly percentileError: number;
  readonly lines: number;
  /** Lines of answered calls that are not in the store, and calls whose usage is not on the topic. */
  readonly lost: number;
  readonly doubled: number;
  readonly failed: number;
  readonly details: readonly string[];
}

/** observability makes calls of all outcomes to two nodes, kills a worker in the middle, and compares metrics and access logs with what the driver counted. */
export async function observability(
  { cluster, kafka }: Pick<FaultsWorld, "cluster" | "kafka">,
  { calls, random }: ObservabilityOptions,
): Promise<ObservabilityReport> {
  await using apis = await deployObserved(cluster);
  await using boto = await startBoto(cluster.controlUrl, cluster.rootKey);
  const beganMs = Date.now();
  const outages = new Outages();
  const messages = new ObservedMessages(cluster, apis);
  const driven = new ObservedCalls({ cluster, outages, calls, random });
  await driven.made(calls / 2);
  await killAWorker(cluster, outages, random);
  await driven.done;
  await messages.stop();
  const check = new Check({ driven, messages, apis });
  await check.readTopic(kafka.broker);
  await check.compareMetrics(boto, beganMs);
  await check.compareLines(boto);
  const { sent, cut } = check;
  return {
    sent,
    messages: messages.answered.length,
    cut,
    ...check.found,
    failed: driven.failed.length + driven.unexpected.length,
    details: [...new Set([...driven.failed, ...driven.unexpected, ...check.details])].slice(0, 10),
  };
}

/** Minutes of connections and hours of caches are events, too. */
const isCall = ({ connectionMinutes, cacheSize }: UsageEvent): boolean =>
  connectionMinutes === 0n && cacheSize === "";

async function killAWorker(cluster: Cluster, outages: Outages, random: () => number): Promise<void> {
  const node = cluster.nodes[Math.floor(random() * cluster.nodes.length)];
  if (!node) throw new Error("there is no node");
  const back = outages.begin(node.id);
  await killWorker(node, random);
  back();
}

interface Observed {
  readonly driven: ObservedCalls;
  readonly messages: ObservedMessages;
  readonly apis: ObservedApis;
}

/** Check compares, step by step. */
class Check {
  readonly details: string[] = [];
  readonly #observed: Observed;
  /** By their ids: status of what was answered; of messages, it is not known. */
  readonly #answered: ReadonlyMap<string, number | undefined>;
  readonly #counted = new CountedMetrics();
  readonly #latencies = new Latencies();
  found = {
    unanswered: 0,
    metrics: 0,
    metricsWrong: 0,
    percentiles: 0,
    percentileError: 0,
    lines: 0,
    lost: 0,
    doubled: 0,
  };

  constructor(observed: Observed) {
    this.#observed = observed;
    const { driven, messages, apis } = observed;
    this.#answered = new Map<string, number | undefined>([
      ...driven.answered.map(({ requestId, status }) => [requestId, status] as const),
      ...messages.answered.map(({ requestId }) => [requestId, undefined] as const),
    ]);
    for (const call of driven.answered) this.#counted.call(call, apis.missed);
    for (const message of messages.answered) this.#counted.message(message);
  }

  get sent(): number {
    return this.#observed.driven.answered.length;
  }

  get cut(): number {
    return this.#observed.driven.failures.length + this.#observed.messages.cut;
  }

  /** The events of answered calls, each once, and what was recorded of those that were not answered. */
  async readTopic(broker: string): Promise<void> {
    let events = new Map<string, UsageEvent>();
    const left = () => this.#answered.size - [...this.#answered.keys()].filter((id) => events.has(id)).length;
    const read = async () => {
      events = new Map();
      let doubled = 0;
      await readTopic(broker, (event) => {
        if (!isObserved(event.apiId) || !isCall(event)) return;
        if (events.has(event.requestId)) doubled++;
        events.set(event.requestId, event);
      });
      return doubled;
    };
    await until(
      () => `${left()} answered calls on the topic`,
      async () => {
        this.found.doubled = await read();
        return left() === 0;
      },
      STORED_WITHIN_MS,
    ).catch((error: Error) => void this.details.push(error.message));
    this.found.lost += left();
    for (const event of events.values()) {
      this.#latencies.add(event);
      if (this.#answered.has(event.requestId)) continue;
      // The end of a connection is an event that nobody waits for.
      if (event.httpMethod === "DISCONNECT") continue;
      this.#counted.unanswered(event);
      this.found.unanswered++;
    }
    const { unanswered } = this.found;
    if (unanswered > this.cut) {
      this.details.push(
        `${unanswered} calls were recorded besides those that were answered, and ${this.cut} were cut`,
      );
      this.found.doubled += unanswered - this.cut;
    }
  }

  async compareMetrics(boto: Boto, fromMs: number): Promise<void> {
    const { all } = this.#counted;
    const cloudwatch = boto.as("cloudwatch");
    const queries = all
      .flatMap((metric) =>
        ["Sum", "SampleCount"].map((stat) => ({
          metric,
          stat,
          // Times are only known by their number, and of messages, not how many had no error.
          expected:
            stat === "Sum"
              ? metric.sum
              : "ApiId" in metric.dimensions && metric.dimensions.ApiId === WEB_SOCKET.id
                ? Number.NaN
                : metric.samples,
        })),
      )
      .filter(({ expected }) => !Number.isNaN(expected));
    const wrong = async () => {
      const results = await readMetrics(cloudwatch, queries, fromMs);
      return queries.flatMap(({ metric: { dimensions, name }, stat, expected }, i) => {
        const value = totalOf(results[i] ?? new Map());
        const of = Object.values(dimensions).join(" ");
        return value === expected ? [] : [`${stat} of ${name} of ${of} is ${value} instead of ${expected}`];
      });
    };
    let found: readonly string[] = [];
    await until("all metrics", async () => (found = await wrong()).length === 0, STORED_WITHIN_MS).catch(
      () => undefined,
    );
    this.details.push(...found);
    const percentiles = this.#latencies.queries;
    const errors = (await readMetrics(cloudwatch, percentiles, fromMs)).map((periods, i) =>
      this.#latencies.errorOf(percentiles[i] as (typeof percentiles)[number], periods),
    );
    const off = errors.filter(({ error }) => !Latencies.isRight(error));
    this.details.push(...off.map(({ detail }) => detail));
    this.found = {
      ...this.found,
      metrics: queries.length,
      metricsWrong: found.length + off.length,
      percentiles: percentiles.length,
      percentileError: Number(Math.max(...errors.map(({ error }) => error)).toFixed(4)),
    };
  }

  /** Each answered call has one line, with its status. */
  async compareLines(boto: Boto): Promise<void> {
    let lines: LoggedCalls = new Map();
    const missing = () => [...this.#answered.keys()].filter((id) => !lines.has(id));
    await until(
      () => `lines of ${missing().length} answered calls`,
      async () => {
        const groups = await Promise.all(
          OBSERVED.map(({ logGroup }) => readLogged(boto.as("logs"), logGroup)),
        );
        lines = new Map(groups.flatMap((group) => [...group]));
        return missing().length === 0;
      },
      STORED_WITHIN_MS,
    ).catch((error: Error) => void this.details.push(`${error.message}, such as ${missing()[0]}`));
    const doubled = [...lines.values()].filter((statuses) => statuses.length > 1).length;
    const wrong = [...this.#answered].filter(
      ([id, status]) => status !== undefined && lines.has(id) && lines.get(id)?.[0] !== status,
    );
    if (doubled > 0) this.details.push(`${doubled} calls have two lines`);
    if (wrong.length > 0)
      this.details.push(
        `${wrong.length} lines have another status than their call, such as ${wrong[0]?.[0]}`,
      );
    this.found.lines = lines.size;
    this.found.lost += missing().length;
    this.found.doubled += doubled + wrong.length;
  }
}
