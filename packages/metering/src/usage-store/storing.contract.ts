import { beforeEach } from "vitest";
import { UsagePeriod as Period } from "@tollgate/proto/usage";
import type { Position } from "@tollgate/usage-stream/kafka";
import { queryUsage } from "../usage/query-usage.ts";
import { DAY, receivedAt, T0 } from "./batches.contract.ts";
import type { Database, Row } from "./database.ts";
import { type IngestReport, UsageStore } from "./usage-store.ts";

/** OpenDatabase opens an empty database, and returns how to remove it after it is closed. */
export type OpenDatabase = () => Promise<{ readonly database: Database; close(): Promise<void> }>;

/** Storing is a usage store on an empty database, for each test. */
export interface Storing {
  readonly database: Database;
  readonly store: UsageStore;
  nowMs: number;
  ingest(values: readonly Uint8Array[], position?: Position): Promise<IngestReport>;
  /** Calls of everything together. */
  calls(): Promise<number>;
  gaps(): Promise<readonly Row[]>;
}

/** useStore opens a store before each test of a suite. */
export function useStore(open: OpenDatabase): Storing {
  let database: Database;
  let store: UsageStore;
  const on = {
    nowMs: T0,
    get database() {
      return database;
    },
    get store() {
      return store;
    },
    ingest: (values: readonly Uint8Array[], position?: Position) =>
      store.ingest(receivedAt(values), position),
    calls: async () => {
      const { rows } = await queryUsage(
        database,
        {
          accountId: "",
          apiId: "",
          startTimeUnixMs: 0n,
          endTimeUnixMs: 0n,
          by: [],
          period: Period.TOTAL,
        } as never,
        0,
      );
      return Number(rows[0]?.callCount ?? 0);
    },
    gaps: () => database.query("SELECT source, first_seq, last_seq FROM usage_gaps ORDER BY 1, 2"),
  };
  beforeEach(async () => {
    const opened = await open();
    ({ database } = opened);
    on.nowMs = T0;
    store = await UsageStore.open(database, {
      nowMs: () => on.nowMs,
      sourceRetentionMs: 90 * DAY,
    });
    return async () => {
      await database[Symbol.asyncDispose]();
      await opened.close();
    };
  });
  return on;
}
