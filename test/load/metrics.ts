import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  evaluateQueries,
  listSets,
  type MetricReader,
  type MetricStat,
  readPoints,
} from "@tollgate/metric-store";
import { batchOf, receivedAt } from "../../packages/metering/src/usage-store/batches.contract.ts";
import { openSqlite } from "../../packages/metering/src/usage-store/sqlite.ts";
import { UsageStore } from "../../packages/metering/src/usage-store/usage-store.ts";
import { median, round } from "./cpu.ts";
import type { MeasuredReport } from "./report.ts";

const DAY_S = 86_400;
const MINUTES = DAY_S / 60;
const STAGES = 10;
/** Of each stage in each minute, with latencies that fill the histogram of a stage that is not idle. */
const CALLS = 40;
const accountId = "000000000000";
/** One stage for a day by the minute: what a dashboard asks for. */
const ASKED = {
  sum: { metricName: "Count", stat: "Sum" },
  p99: { metricName: "Latency", stat: "p99" },
} as const satisfies Readonly<Record<string, Pick<MetricStat, "metricName" | "stat">>>;

/** Calls of a day, counted as metering counts them, those of an hour at a time. */
async function fill(store: UsageStore, firstS: number): Promise<void> {
  const callsOf = (unixS: number) =>
    Array.from({ length: STAGES * CALLS }, (_, i) => ({
      atMs: unixS * 1_000,
      stage: `stage${i % STAGES}`,
      latencyUs: Math.round(500 * 1.2 ** (i / STAGES)),
      metrics: { apiName: "pets" },
    }));
  for (let hour = 0; hour < 24; hour++) {
    const beganS = firstS + hour * 3_600;
    const events = Array.from({ length: 60 }, (_, minute) => callsOf(beganS + minute * 60)).flat();
    const batch = batchOf("n/0/a", hour * events.length + 1, events);
    await store.ingest(receivedAt([batch], (beganS + 3_600) * 1_000));
  }
}

/** metrics measures questions for a day of one stage, of the ten that the embedded store has, by the minute. */
export async function metrics({ rounds }: { readonly rounds: number }): Promise<MeasuredReport<"metrics">> {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-metrics-"));
  try {
    await using database = openSqlite(join(folder, "usage.db"));
    const firstS = Math.floor(Date.now() / 1_000 / 60) * 60 - DAY_S;
    await fill(await UsageStore.open(database), firstS);
    const figures: Record<string, number> = {};
    // Of a process that has the processor for itself, this is the time of the question.
    const cpuTimesOf: Record<keyof typeof ASKED, number[]> = { sum: [], p99: [] };
    for (const name of ["sum", "p99"] as const) {
      const metricStat = {
        ...ASKED[name],
        namespace: "AWS/ApiGateway",
        dimensions: [
          { name: "ApiName", value: "pets" },
          { name: "Stage", value: "stage3" },
        ],
        periodS: 60,
      };
      const times: number[] = [];
      for (let i = 0; i < rounds; i++) {
        const reader: MetricReader = {
          accountId,
          points: (query) => readPoints(database, query),
          sets: (namespace) => listSets(database, { accountId, namespace, seenFromUnixS: 0 }),
        };
        const [began, cpu] = [performance.now(), process.cpuUsage()];
        const [result] = await evaluateQueries(
          [{ id: "m1", isReturned: true, metricStat }],
          { startUnixS: firstS, endUnixS: firstS + DAY_S },
          reader,
        );
        const { user, system } = process.cpuUsage(cpu);
        times.push(performance.now() - began);
        cpuTimesOf[name].push((user + system) / 1_000);
        if (result?.points.length !== MINUTES)
          throw new Error(`${result?.points.length} of ${MINUTES} minutes`);
      }
      figures[`day_${name}_ms`] = round(median(times), 1);
    }
    return {
      figures,
      ratios: {},
      measured: { day_sum_cpu_ms: cpuTimesOf.sum, day_p99_cpu_ms: cpuTimesOf.p99 },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
