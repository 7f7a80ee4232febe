import type { ServiceClient } from "@tollgate/proto/grpc";
import type { MetricDataQuery, MetricsService } from "@tollgate/proto/metrics";
import type { ByMinute, Reading, StageReading } from "./rates.ts";
import {
  FIGURES,
  type Figure,
  firstMinuteOf,
  keyOf,
  type MeasuredStage,
  NAMESPACE,
  PERIOD_S,
  stageOf,
  statisticsOf,
} from "./stage-metrics.ts";

/** Stages that had no call for longer are not shown. */
const SEEN_S = 15 * 60;

export type Metrics = Pick<ServiceClient<typeof MetricsService>, "getMetricData" | "listMetrics">;

interface Wanted {
  readonly stage: MeasuredStage;
  readonly figure: Figure;
}

/** Asks for figures of stages; the minutes of each, in the order of what is wanted. */
async function ask(
  metrics: Metrics,
  accountId: string,
  nowMs: number,
  wanted: readonly Wanted[],
): Promise<readonly ByMinute[]> {
  if (wanted.length === 0) return [];
  const minute = Math.floor(nowMs / 1000 / PERIOD_S) * PERIOD_S;
  const queries = wanted.flatMap(({ stage, figure }, i) =>
    statisticsOf(stage, figure).map((value, part) => ({
      id: `q${i}_${part}`,
      of: { case: "metricStat" as const, value },
    })),
  );
  const { results } = await metrics.getMetricData({
    accountId,
    queries: queries as unknown as MetricDataQuery[],
    startUnixS: BigInt(firstMinuteOf(nowMs)),
    endUnixS: BigInt(minute + PERIOD_S),
  });
  const found = wanted.map(() => new Map<number, number>());
  for (const { id, unixS, values } of results) {
    const minutes = found[Number(/^q(\d+)_/.exec(id)?.[1])];
    for (const [i, at] of unixS.entries())
      minutes?.set(Number(at), (minutes.get(Number(at)) ?? 0) + (values[i] ?? 0));
  }
  return found;
}

const callsOf = (minutes: ByMinute): number => [...minutes.values()].reduce((sum, value) => sum + value, 0);

/** readStages reads the calls of all stages of an account, and the other figures of those that have most: so many. */
export async function readStages(
  metrics: Metrics,
  accountId: string,
  nowMs: number,
  detailed: number,
): Promise<Reading> {
  const seenFromUnixS = BigInt(Math.floor(nowMs / 1000) - SEEN_S);
  const { sets } = await metrics.listMetrics({ accountId, namespace: NAMESPACE, seenFromUnixS });
  const stages = sets.map(stageOf).filter((stage) => stage !== undefined);
  const calls = await ask(
    metrics,
    accountId,
    nowMs,
    stages.map((stage) => ({ stage, figure: "calls" })),
  );
  const counted = stages.map((stage, i) => ({ stage, calls: calls[i] ?? new Map<number, number>() }));
  const shown = counted.toSorted((a, b) => callsOf(b.calls) - callsOf(a.calls)).slice(0, detailed);
  const others = FIGURES.filter((figure) => figure !== "calls");
  const wanted = shown.flatMap(({ stage }) => others.map((figure) => ({ stage, figure })));
  const details = await ask(metrics, accountId, nowMs, wanted);
  const readings = new Map<string, StageReading>(
    counted.map(({ stage, calls: minutes }) => [keyOf(stage), { stage, figures: { calls: minutes } }]),
  );
  for (const [i, { stage }] of shown.entries()) {
    const own = others.map((figure, n) => [figure, details[i * others.length + n]] as const);
    const figures = { ...readings.get(keyOf(stage))?.figures, ...Object.fromEntries(own) };
    readings.set(keyOf(stage), { stage, figures });
  }
  return { atMs: nowMs, stages: readings };
}
