import { createHash } from "node:crypto";
import { mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EntityRef, parseManifest } from "@tollgate/config";
import { ApiKind, CacheOutcome, Fault, FreeReason } from "@tollgate/proto/usage";
import {
  decodeBatch,
  encodeBatch,
  encodeKey,
  FRAME_HEADER_BYTES,
  type Frame,
  NO_FACTS,
  putEvent,
  readFrame,
  writeFrameHeader,
} from "@tollgate/usage-stream";
import { decodeSnapshot, encodeSnapshot } from "../../../packages/config-stream/src/snapshot-file.ts";
import { decodeEntity, encodeEntity } from "../../../packages/control-plane/src/mirror/stored-entity.ts";
import { openEntry } from "../../../packages/control-plane/src/secret/sealed-store.ts";
import { Sealer } from "../../../packages/control-plane/src/secret/sealer.ts";
import { readLedger, writeLedger } from "../../../packages/data-plane/src/usage/ledger.ts";
import {
  eachRecord,
  encodeBlock,
  type LogRecord,
  readBody,
  readHead,
} from "../../../packages/log-store/src/store/block.ts";
import { LogGroup } from "../../../packages/log-store/src/store/log-group.ts";
import { openSqlite } from "../../../packages/metering/src/usage-store/sqlite.ts";
import { UsageStore } from "../../../packages/metering/src/usage-store/usage-store.ts";

/** StoredForm is something that one version writes and another one reads. */
export interface StoredForm {
  /** The bytes that this version writes; undefined: they are other ones each time. */
  readonly write?: () => Buffer | Promise<Buffer>;
  /** What is read of the bytes of any version. */
  readonly read: (bytes: Buffer) => unknown;
  /** What that must be. */
  readonly expected: unknown;
}

/** Does something in a folder that is gone afterwards. */
async function inFolder<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  using folder = mkdtempDisposableSync(join(tmpdir(), "tollgate-stored-forms-"));
  return await work(folder.path);
}

const json = (bytes: Buffer): unknown => JSON.parse(bytes.toString("utf8"));

const ACCOUNT = "000000000000";
const REF: EntityRef = { kind: "ApiKey", apiId: "", id: "key1" };
const KEY = `${ACCOUNT}/apikeys/key1`;
const SPEC = {
  name: "shop",
  enabled: true,
  value: "a-value-of-an-api-key",
  usagePlanIds: ["plan"],
  quotaGrants: {},
};
const TIMES = { createdUnixMs: 5, updatedUnixMs: 6 };
const sealer = new Sealer([Buffer.alloc(32, 7)]);

function entity() {
  const parsed = parseManifest({ ...REF, labels: { team: "a" }, spec: SPEC }, 0);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.value;
}

const decoded = (value: string) => {
  const { entity: read, createdUnixMs, updatedUnixMs } = decodeEntity(REF, { value, modRevision: 1 });
  return { ...read, createdUnixMs, updatedUnixMs };
};
const ENTITY = { ...REF, labels: { team: "a" }, spec: SPEC, ...TIMES };

const ARTIFACT = { name: "stage/api1/live", content: Buffer.from('{"apiId":"api1"}') };
const SNAPSHOT = {
  version: 7,
  artifacts: [{ ...ARTIFACT, digest: createHash("sha256").update(ARTIFACT.content).digest() }],
};

const EVENT_KEY = {
  accountId: ACCOUNT,
  apiId: "api1",
  stage: "live",
  httpMethod: "GET",
  resourcePath: "/pets",
};
const EVENT = {
  endTimeUnixMs: 1_790_000_000_000,
  status: 200,
  latencyUs: 1_500,
  integrationLatencyUs: 300,
  requestBytes: 10,
  responseBytes: 2_000,
  requestId: "01234567-89ab-cdef-0123-456789abcdef",
  apiKeyId: "key1",
  usagePlanId: "plan",
  messageCount: 2,
  connectionMinutes: 3,
  apiKind: ApiKind.REST,
  freeReason: FreeReason.UNSPECIFIED,
  cacheOutcome: CacheOutcome.MISS,
  fault: Fault.UNSPECIFIED,
};

/** A spool file with one frame of two events. */
function spool(): Buffer {
  const file = Buffer.alloc(4_096);
  let at = FRAME_HEADER_BYTES;
  for (const seq of [11, 12])
    at = putEvent(file, at, encodeKey(EVENT_KEY), seq, {
      ...NO_FACTS,
      ...EVENT,
    });
  writeFrameHeader(file.subarray(0, at), 2, 11);
  return file.subarray(0, at);
}

function frameOf(file: Buffer): Frame {
  const read = readFrame(file, 0);
  if (typeof read === "string") throw new Error(`the frame is ${read}`);
  return read.frame;
}

const batch = (file: Buffer) => encodeBatch("node-1/0-boot", [frameOf(file)], { recordedSeq: 12 }).value;

/** What metering takes from a batch, without what protobuf adds to messages. */
function batchOf(bytes: Buffer): unknown {
  const { source, firstSeq, lastSeq, recordedSeq, events } = decodeBatch(bytes) ?? {};
  const members = Object.keys({ ...EVENT_KEY, ...EVENT });
  const plain = events?.map((event) => {
    const values = event as unknown as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      members.map((name) => {
        const value = values[name];
        return [name, typeof value === "bigint" ? Number(value) : value];
      }),
    );
  });
  return { source, seqs: [firstSeq, lastSeq, recordedSeq].map(Number), events: plain };
}
const BATCH = {
  source: "node-1/0-boot",
  seqs: [11, 12, 12],
  events: [1, 2].map(() => ({ ...EVENT_KEY, ...EVENT })),
};

const LEDGER = {
  segments: { "0-boot-0000000001.spool": 120 },
  sources: { "0-boot": { recordedSeq: 12, shippedSeq: 11 } },
  damaged: [],
};

const RECORDS: readonly LogRecord[] = [
  { seq: 1, unixMs: 1_790_000_000_000, ingestionMs: 1_790_000_000_500, message: "GET /pets 200" },
  { seq: 2, unixMs: 1_790_000_000_001, ingestionMs: 1_790_000_000_500, message: "ö" },
];
function recordsOf(block: Buffer): unknown {
  const found = readHead(block, 0);
  const body = readBody(block);
  if (typeof found === "string" || !body) throw new Error("the block is damaged");
  const records: LogRecord[] = [];
  eachRecord(
    body,
    () => true,
    (record) => records.push(record),
  );
  return { stream: found.head.stream, records };
}

const GROUP = {
  accountId: ACCOUNT,
  name: "/aws/apigateway/api1/live",
  createdMs: 5,
  retentionDays: 7,
  tags: { team: "a" },
  logGroupClass: "STANDARD",
};

/** The statements that make the tables and indexes of a SQLite database, and the version of its schema. */
const SCHEMA_QUERY = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name";
async function usageSchema(file: string): Promise<readonly string[]> {
  await using database = openSqlite(file);
  await UsageStore.open(database);
  const rows = await database.query(SCHEMA_QUERY);
  return rows.map(({ sql }) => String(sql));
}
async function usageDump(file: string): Promise<Buffer> {
  const statements = await usageSchema(file);
  await using database = openSqlite(file);
  const [row] = await database.query("SELECT MAX(version) AS version FROM usage_schema");
  return Buffer.from(`${JSON.stringify({ version: Number(row?.version), statements }, undefined, 2)}\n`);
}
async function restored(file: string, dump: Buffer): Promise<readonly string[]> {
  const { version, statements } = json(dump) as { version: number; statements: readonly string[] };
  {
    await using database = openSqlite(file);
    for (const statement of statements) await database.query(statement);
    for (let i = 1; i <= version; i++) await database.query("INSERT INTO usage_schema VALUES ($1)", [i]);
  }
  return usageSchema(file);
}

/** What is in these forms outlives the version that wrote it. */
export const forms: Readonly<Record<string, StoredForm>> = {
  "entity.json": {
    write: () => Buffer.from(encodeEntity(entity(), TIMES)),
    read: (bytes) => decoded(bytes.toString()),
    expected: ENTITY,
  },
  // Sealed with `sealer`, other bytes each time. A new form of secrets is recorded by hand.
  "sealed-entity.json": {
    read: (bytes) => decoded(openEntry({ key: KEY, value: bytes.toString(), modRevision: 1 }, sealer).value),
    expected: ENTITY,
  },
  "snapshot.bin": {
    write: () => encodeSnapshot(SNAPSHOT),
    read: decodeSnapshot,
    expected: SNAPSHOT,
  },
  "spool.bin": { write: spool, read: (bytes) => batchOf(batch(bytes)), expected: BATCH },
  "usage-batch.bin": { write: () => batch(spool()), read: batchOf, expected: BATCH },
  "ledger.json": {
    write: () =>
      inFolder((folder) => {
        writeLedger(join(folder, "ledger.json"), JSON.stringify(LEDGER));
        return readFileSync(join(folder, "ledger.json"));
      }),
    read: (bytes) =>
      inFolder((folder) => {
        writeFileSync(join(folder, "ledger.json"), bytes);
        return readLedger(join(folder, "ledger.json"));
      }),
    expected: LEDGER,
  },
  "log-block.bin": {
    write: () => encodeBlock(3, RECORDS),
    read: recordsOf,
    expected: { stream: 3, records: RECORDS },
  },
  "log-group.json": {
    write: () =>
      inFolder((folder) => {
        LogGroup.create(folder, GROUP).createStream("worker-0", 6);
        return readFileSync(join(folder, "group.json"));
      }),
    read: (bytes) =>
      inFolder((folder) => {
        writeFileSync(join(folder, "group.json"), bytes);
        const { accountId, name, createdMs, settings, streams } = LogGroup.open(folder) as LogGroup;
        return { accountId, name, createdMs, ...settings, streams: [...streams.keys()] };
      }),
    expected: { ...GROUP, streams: ["worker-0"] },
  },
  "usage-schema.json": {
    write: () => inFolder((folder) => usageDump(join(folder, "usage.db"))),
    read: (bytes) => inFolder((folder) => restored(join(folder, "usage.db"), bytes)),
    get expected() {
      return inFolder((folder) => usageSchema(join(folder, "new.db")));
    },
  },
};
