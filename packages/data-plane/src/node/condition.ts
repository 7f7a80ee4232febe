import type { NodeCondition } from "@tollgate/config-stream";

/** WorkerCondition is what a node knows of one of its workers. */
export interface WorkerCondition {
  readonly worker: number;
  readonly isListening: boolean;
  readonly isStalled: boolean;
  readonly silentMs: number;
  /** Why it can record no call; undefined: it can. */
  readonly outage: string | undefined;
  readonly isShedding: boolean;
}

export type ServingState = "waiting" | "draining" | "serving";

/** NodeFactsNow is what the condition of a node follows from. */
export interface NodeFactsNow {
  /** Why the control plane refuses the node; undefined: it does not. */
  readonly denied: string | undefined;
  readonly state: ServingState;
  /** Those that run. */
  readonly workers: readonly WorkerCondition[];
  readonly workerCount: number;
  /** No more usage fits into the spool. */
  readonly isSpoolFull: boolean;
  /** What the sink of usage last refused a batch with, while it does. */
  readonly sinkFailure: string | undefined;
  readonly backlogBytes: number;
  readonly spoolLimitBytes: number;
  /** Since when the config on disk is older than the live one; 0: it is not. */
  readonly unsavedMs: number;
  /** undefined: there is no Redis. */
  readonly isRedisConnected: boolean | undefined;
}

const NOT_SERVING = {
  waiting: "no config has arrived yet, neither from the control plane nor from disk",
  draining: "draining",
  serving: undefined,
} as const;

const SPOOL_FULL = "the usage spool is full (TOLLGATE_SPOOL_MB): calls are refused until Kafka accepts usage";

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
const named = (workers: readonly WorkerCondition[]): string =>
  `worker${workers.length > 1 ? "s" : ""} ${workers.map(({ worker }) => worker).join(", ")}`;

/** notReady is why every call to a node would be refused, or get no response; undefined: none of that is known, and it can have calls. */
export function notReady({ denied, state, workers, isSpoolFull }: NodeFactsNow): string | undefined {
  if (denied !== undefined) return `refused by the control plane: ${denied}`;
  if (workers.length === 0) return "no worker is running";
  if (state !== "serving") return NOT_SERVING[state];
  const listening = workers.filter(({ isListening }) => isListening);
  if (listening.length === 0) return "no worker listens yet";
  const responding = listening.filter(({ isStalled }) => !isStalled);
  const [first] = responding;
  if (!first) return `no worker responds: ${stalled(listening)}`;
  if (isSpoolFull) return SPOOL_FULL;
  if (responding.every(({ outage }) => outage !== undefined))
    return `calls are refused: their usage cannot be recorded: ${first.outage}`;
  if (responding.every(({ outage, isShedding }) => outage !== undefined || isShedding))
    return "all calls are refused: the node has no time or memory for them (TOLLGATE_SHED_DELAY_MS, TOLLGATE_MEMORY_MB)";
  return undefined;
}

const stalled = (workers: readonly WorkerCondition[]): string => {
  const longest = Math.max(...workers.map(({ silentMs }) => silentMs));
  return `${named(workers)}: the event loop has not run for ${seconds(longest)}`;
};

/** notLive is why a node should be started again; undefined: it works, or a new start would not mend what it lacks. */
export function notLive({ workers }: Pick<NodeFactsNow, "workers">): string | undefined {
  const silent = workers.filter(({ isListening, isStalled }) => isListening && isStalled);
  return silent.length === 0 ? undefined : stalled(silent);
}

/** concernsOf are what is wrong with a node that still serves, each with what to do. */
export function concernsOf(facts: NodeFactsNow): readonly string[] {
  const { workers, workerCount, sinkFailure, backlogBytes, spoolLimitBytes, unsavedMs, isRedisConnected } =
    facts;
  const full = Math.round((100 * backlogBytes) / spoolLimitBytes);
  const ill = workers.filter(({ outage }) => outage !== undefined);
  const concerns: (string | false | undefined)[] = [
    workers.length < workerCount &&
      `${workerCount - workers.length} of ${workerCount} workers are not running: see the log for why they ended`,
    notLive(facts) && `${notLive(facts)}: if it stays so, restart the node`,
    ill.length > 0 && `${named(ill)} cannot record calls: ${ill[0]?.outage}: free space on the disk`,
    sinkFailure !== undefined &&
      `Kafka accepts no usage (${sinkFailure}), and the spool is ${full} % full: check TOLLGATE_KAFKA and the brokers`,
    unsavedMs > 0 && `the config on disk is ${seconds(unsavedMs)} behind: check the disk`,
    isRedisConnected === false &&
      "Redis cannot be reached, so limits are kept by nodes on their own: check TOLLGATE_REDIS",
  ];
  return concerns.filter((concern) => typeof concern === "string");
}

/** conditionOf is what the control planes are sent of a node. */
export const conditionOf = (facts: NodeFactsNow): NodeCondition => ({
  notReady: notReady(facts) ?? "",
  concerns: concernsOf(facts),
});
