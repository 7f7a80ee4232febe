import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FreeReason } from "@tollgate/proto/usage";
import { givenSecret } from "@tollgate/telemetry";
import { encodeStageFacts } from "@tollgate/usage-stream";
import {
  batchOf,
  type EventInit,
  receivedAt,
} from "../../packages/metering/src/usage-store/batches.contract.ts";
import type { Database } from "../../packages/metering/src/usage-store/database.ts";
import { openPostgres } from "../../packages/metering/src/usage-store/postgres.ts";
import { openSqlite } from "../../packages/metering/src/usage-store/sqlite.ts";
import { UsageStore } from "../../packages/metering/src/usage-store/usage-store.ts";
import { startPostgres } from "../kit/postgres.ts";
import { median, round } from "./cpu.ts";
import type { MeasuredReport } from "./report.ts";
import { inTurns, type Way } from "./turns.ts";

/** Events of one batch, as a busy node sends them. */
const BATCH = 1_000;
/** Batches of one transaction: about the 8 MB that a fetch has of a partition while metering is behind. */
const BATCHES = 40;
const APIS = 8;
const STAGES = ["prod", "test"];
const METHODS = ["GET", "POST", "PUT", "DELETE"];
const ROUTES = 10;
const FACTS = encodeStageFacts({ region: "us-east-1", tags: {} });

/** Numbers from 0 to 1, the same in each run: xorshift of 32 bits (Marsaglia, 2003). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * A call of one of `keys` API keys at random, each of a customer of its own, to a route at random of the API and stage that the key is for. One call of
 * fifty is throttled, one of a hundred fails; times, sizes and ids of requests differ.
 */
function callOf(random: () => number, keys: number, nowMs: number): EventInit {
  const below = (most: number): number => Math.floor(random() * most);
  const key = below(keys);
  const apiId = `api000000${key % APIS}`;
  const stage = STAGES[Math.floor(key / APIS) % STAGES.length] as string;
  const luck = below(100);
  const refused: EventInit =
    luck < 2 ? { status: 429, freeReason: FreeReason.THROTTLED, integrationLatencyUs: 0 } : {};
  return {
    atMs: nowMs - below(2_000),
    apiId,
    stage,
    method: METHODS[below(METHODS.length)] as string,
    path: `/things/${below(ROUTES)}/{thingId}`,
    apiKeyId: `key${key}`,
    usagePlanId: `plan${key % 3}`,
    customerId: `customer-${key}`,
    domainName: `${apiId}.example.com`,
    deploymentId: `${apiId}d`,
    stageFacts: FACTS,
    configRevision: 41,
    requestUnits: 1,
    requestId: crypto.randomUUID(),
    latencyUs: 1_000 + below(50_000),
    integrationLatencyUs: 500 + below(500),
    requestBytes: below(2_000),
    responseBytes: 1 + below(20_000),
    metrics: { apiName: apiId },
    ...(luck === 2 ? { status: 502 } : {}),
    ...refused,
  };
}

/** Batches of one worker, as they come from Kafka. */
function batchesOf(keys: number): readonly Buffer[] {
  const random = numbersFrom(keys);
  const nowMs = Date.now();
  return Array.from({ length: BATCHES }, (_, i) =>
    batchOf(
      sourceOf(0),
      i * BATCH + 1,
      Array.from({ length: BATCH }, () => callOf(random, keys, nowMs)),
      true,
    ),
  );
}

/** Names of sources have one length: that of an encoded batch can be replaced. */
const sourceOf = (turn: number): string => `node-1/0/${String(turn).padStart(8, "0")}`;
let turns = 0;

/** The same events of a source that has none counted yet. */
function renamed(batches: readonly Buffer[]): readonly Buffer[] {
  const source = sourceOf(++turns);
  return batches.map((batch) => {
    const bytes = Buffer.from(batch);
    bytes.write(source, bytes.indexOf(sourceOf(0)), "latin1");
    return bytes;
  });
}

/** A transaction of new events on a store: processor time of this process for an event. */
async function wayOf(database: Database, batches: readonly Buffer[], notesRecords = false): Promise<Way> {
  const store = await UsageStore.open(database, { notesRecords });
  return async () => {
    const received = receivedAt(renamed(batches), Date.now());
    const before = process.cpuUsage();
    const { counted } = await store.ingest(received);
    const { user, system } = process.cpuUsage(before);
    if (counted !== BATCHES * BATCH) throw new Error(`${counted} of ${BATCHES * BATCH} events were counted`);
    return (user + system) / counted;
  };
}

const MIXES = { few: 10, many: 1_000, most: 10_000 } as const;

/**
 * ingestion counts usage events on both databases: of 10 keys, whose events add up to few rows, of 1,000 and of 10,000 at random. Nothing is measured but
 * metering's own process: PostgreSQL's server has a processor of its own.
 */
export async function ingestion({
  rounds,
}: {
  readonly rounds: number;
}): Promise<MeasuredReport<"ingestion">> {
  await using scope = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-ingestion-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const postgres = scope.use(await startPostgres());
  const embedded = scope.use(openSqlite(join(folder, "usage.db")));
  const server = scope.use(openPostgres(givenSecret(postgres.url)));
  const ways: Record<string, Way> = {};
  for (const [mix, keys] of Object.entries(MIXES)) {
    const batches = batchesOf(keys);
    ways[`embedded_${mix}`] = await wayOf(embedded, batches);
    ways[`postgresql_${mix}`] = await wayOf(server, batches);
    if (keys !== MIXES.many) continue;
    ways["embedded_noted"] = await wayOf(embedded, batches, true);
    ways["postgresql_noted"] = await wayOf(server, batches, true);
  }
  const us = await inTurns(ways, { seconds: 0, rounds, warmUpSeconds: 0 });
  const perCpuSecond = Object.keys(ways).map((name) => [
    `${name}_events_per_cpu_s`,
    round(1_000_000 / median(us.of(name)), 0),
  ]);
  return {
    figures: Object.fromEntries(perCpuSecond),
    ratios: {},
    measured: {
      embedded_few: us.of("embedded_few"),
      postgresql_few: us.of("postgresql_few"),
      embedded_many: us.of("embedded_many"),
      postgresql_many: us.of("postgresql_many"),
    },
  };
}
