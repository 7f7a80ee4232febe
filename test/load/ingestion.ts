import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { givenSecret } from "@tollgate/telemetry";
import { FETCH_BYTES } from "@tollgate/usage-stream/kafka";
import { batchOf, receivedAt } from "../../packages/metering/src/usage-store/batches.contract.ts";
import type { Database } from "../../packages/metering/src/usage-store/database.ts";
import { openPostgres } from "../../packages/metering/src/usage-store/postgres.ts";
import { openSqlite } from "../../packages/metering/src/usage-store/sqlite.ts";
import { UsageStore } from "../../packages/metering/src/usage-store/usage-store.ts";
import { startPostgres } from "../kit/postgres.ts";
import { round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";

/** Events of one batch, as a busy node sends them. */
const BATCH = 1_000;
const ROUTES = 50;

/** Batches of one worker: calls of many keys, in turn, at several routes. */
function batchesOf(source: string, events: number, keys: number): readonly Buffer[] {
  const nowMs = Date.now();
  return Array.from({ length: Math.ceil(events / BATCH) }, (_, i) =>
    batchOf(
      source,
      i * BATCH + 1,
      Array.from({ length: BATCH }, (_, j) => {
        const at = i * BATCH + j;
        return { atMs: nowMs, path: `/route${at % ROUTES}`, apiKeyId: `k${at % keys}`, usagePlanId: "gold" };
      }),
    ),
  );
}

/** The batches of each ingestion: what a fetch of a partition has while metering is behind. */
function fetchesOf(batches: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const fetches: Buffer[][] = [[]];
  let bytes = 0;
  for (const batch of batches) {
    bytes += batch.length;
    if (bytes > FETCH_BYTES) {
      fetches.push([]);
      bytes = batch.length;
    }
    fetches.at(-1)?.push(batch);
  }
  return fetches;
}

interface Ingested {
  readonly perCpuSecond: number;
  readonly perSecond: number;
}

/** Events that are counted in a second of this process's processor time, and of the clock. */
async function ingest(database: Database, batches: readonly Buffer[]): Promise<Ingested> {
  const store = await UsageStore.open(database);
  const [first = [], ...rest] = fetchesOf(batches);
  // What is compiled and prepared is not measured.
  await store.ingest(receivedAt(first, Date.now()));
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  let counted = 0;
  for (const some of rest) counted += (await store.ingest(receivedAt(some, Date.now()))).counted;
  const { user, system } = process.cpuUsage(cpu);
  return {
    perCpuSecond: round(counted / ((user + system) / 1_000_000), 0),
    perSecond: round(counted / ((performance.now() - began) / 1_000), 0),
  };
}

/** ingestion counts usage events on both databases: of few keys, whose events add up to few rows, and of many. */
export async function ingestion({ events }: { readonly events: number }): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-ingestion-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const postgres = scope.use(await startPostgres());
  const figures: Record<string, number> = {};
  for (const keys of [100, 10_000]) {
    const batches = batchesOf(`n/0/${keys}`, events, keys);
    for (const [name, open] of [
      ["embedded", () => openSqlite(join(folder, `${keys}.db`))],
      ["postgresql", () => openPostgres(givenSecret(postgres.url))],
    ] as const) {
      await using database = open();
      const { perCpuSecond, perSecond } = await ingest(database, batches);
      figures[`${name}_${keys}_keys_events_per_cpu_s`] = perCpuSecond;
      figures[`${name}_${keys}_keys_events_per_s`] = perSecond;
    }
  }
  return { figures, ratios: {} };
}
