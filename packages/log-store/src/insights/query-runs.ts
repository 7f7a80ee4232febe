import { randomUUID } from "node:crypto";
import { PatternError } from "@tollgate/patterns";
import type { Logger } from "@tollgate/telemetry";
import { LogRefusal } from "../refusal.ts";
import type { LogStore } from "../store/log-store.ts";
import { bytesOfResult, type CompiledQuery, compileQuery, type ResultRow } from "./compile-query.ts";
import { type QueryStatistics, runQuery } from "./query-run.ts";

/** Queries that run at a time; others wait. */
const RUNNING_MAX = 2;
/** Queries of an account that run or wait (AWS: CloudWatch Logs quotas). */
const ACTIVE_MAX = 30;
const TIMEOUT_MS = 15 * 60_000;
/** Results are kept for so long, as on AWS, and as long as there is space for them. */
const KEPT_MS = 7 * 86_400_000;
const KEPT_MAX = 1_000;
const RESULTS_MAX_BYTES = 64 * 1024 * 1024;

export type QueryStatus = "Scheduled" | "Running" | "Complete" | "Failed" | "Cancelled" | "Timeout";

/** NewQuery is a query that is to be run. Times in milliseconds since 1970. */
export interface NewQuery {
  readonly accountId: string;
  readonly logGroups: readonly string[];
  readonly text: string;
  /** Inclusive. */
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  /** Rows of a result where the query does not say so; 0: as many as there may be. */
  readonly limit: number;
}

/** QueryState is a query that was started, and what came of it. */
export interface QueryState extends NewQuery {
  readonly id: string;
  readonly createdMs: number;
  readonly status: QueryStatus;
  readonly statistics: Readonly<QueryStatistics>;
  readonly rows: readonly ResultRow[];
  /** Why it failed; empty: it did not. */
  readonly failure: string;
}

interface Run extends QueryState {
  readonly compiled: CompiledQuery;
  readonly abort: AbortController;
  status: QueryStatus;
  /** Also of one that was cancelled, until it has ended. */
  isRunning: boolean;
  rows: readonly ResultRow[];
  failure: string;
  bytes: number;
}

export interface QueryRunsOptions {
  readonly store: LogStore;
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly timeoutMs?: number;
  readonly resultsMaxBytes?: number;
}

const isActive = ({ status }: Run): boolean => status === "Scheduled" || status === "Running";

/** Why a query is ended before it has read everything. */
class Ended extends Error {
  readonly status: "Cancelled" | "Timeout";

  constructor(status: "Cancelled" | "Timeout") {
    super(status);
    this.status = status;
  }
}

const sizeOf = (rows: readonly ResultRow[]): number => rows.reduce((sum, row) => sum + bytesOfResult(row), 0);

/** QueryRuns runs queries one after the other, two at a time, and keeps their results in memory: they end with the process. */
export class QueryRuns implements Disposable {
  readonly #options: QueryRunsOptions;
  /** In the order in which they were started. */
  readonly #runs = new Map<string, Run>();
  #running = 0;

  constructor(options: QueryRunsOptions) {
    this.#options = options;
  }

  /** start begins a query and returns its id. Throws QueryProblem, or a LogRefusal: a group does not exist, or too many queries run. */
  start(query: NewQuery): string {
    const { store, nowMs } = this.#options;
    for (const logGroup of query.logGroups) {
      try {
        store.group({ accountId: query.accountId, logGroup });
      } catch {
        throw new LogRefusal(
          "not-found",
          `Log group '${logGroup}' does not exist for account ID '${query.accountId}'`,
        );
      }
    }
    const compiled = compileQuery(query.text, query.limit || undefined);
    const active = [...this.#runs.values()].filter(
      (run) => isActive(run) && run.accountId === query.accountId,
    );
    if (active.length >= ACTIVE_MAX)
      throw new LogRefusal("limit", `Account maximum query concurrency limit of [${ACTIVE_MAX}] reached.`);
    const run: Run = {
      ...query,
      id: randomUUID(),
      createdMs: nowMs(),
      compiled,
      abort: new AbortController(),
      status: "Scheduled",
      isRunning: false,
      statistics: { recordsMatched: 0, recordsScanned: 0, bytesScanned: 0, recordsSkipped: 0 },
      rows: [],
      failure: "",
      bytes: 0,
    };
    this.#runs.set(run.id, run);
    this.#forget();
    this.#next();
    return run.id;
  }

  get(accountId: string, id: string): QueryState {
    const run = this.#runs.get(id);
    if (!run || run.accountId !== accountId)
      throw new LogRefusal(
        "not-found",
        `The query ${id} does not exist, or its result is not kept any more.`,
      );
    return run;
  }

  /** stop ends a query that runs or waits, and says whether it did. */
  stop(accountId: string, id: string): boolean {
    const run = this.get(accountId, id) as Run;
    if (!isActive(run)) return false;
    run.abort.abort(new Ended("Cancelled"));
    run.status = "Cancelled";
    return true;
  }

  /** The queries of an account, the newest first. */
  list(accountId: string): readonly QueryState[] {
    return [...this.#runs.values()].filter((run) => run.accountId === accountId).toReversed();
  }

  /** The accounts that run the fewest are first: one with many queries does not let the others wait for all of them. */
  #nextScheduled(): Run | undefined {
    const running = new Map<string, number>();
    const scheduled: Run[] = [];
    for (const run of this.#runs.values())
      if (run.status === "Scheduled") scheduled.push(run);
      else if (run.isRunning) running.set(run.accountId, (running.get(run.accountId) ?? 0) + 1);
    const countOf = ({ accountId }: Run) => running.get(accountId) ?? 0;
    return scheduled.reduce<Run | undefined>(
      (first, run) => (first && countOf(first) <= countOf(run) ? first : run),
      undefined,
    );
  }

  #next(): void {
    while (this.#running < RUNNING_MAX) {
      const run = this.#nextScheduled();
      if (!run) return;
      this.#running++;
      run.isRunning = true;
      run.status = "Running";
      void this.#run(run).finally(() => {
        this.#running--;
        run.isRunning = false;
        this.#forget();
        this.#next();
      });
    }
  }

  async #run(run: Run): Promise<void> {
    const { store, nowMs, logger, timeoutMs = TIMEOUT_MS } = this.#options;
    const { accountId, logGroups, startMs, endMs, statistics, abort } = run;
    const timer = setTimeout(() => abort.abort(new Ended("Timeout")), timeoutMs);
    timer.unref();
    try {
      const groups = logGroups.map((logGroup) => store.group({ accountId, logGroup }));
      const rows = await runQuery(run.compiled, {
        groups,
        startMs,
        endMs,
        nowMs,
        statistics,
        signal: abort.signal,
      });
      if (!isActive(run)) return;
      run.rows = rows;
      run.bytes = sizeOf(rows);
      run.status = "Complete";
    } catch (error) {
      if (error instanceof Ended) {
        run.status = error.status;
        return;
      }
      run.status = "Failed";
      run.failure = (error as Error).message;
      const isExpected = error instanceof LogRefusal || error instanceof PatternError;
      logger[isExpected ? "warn" : "error"](
        { err: error, query: run.text, logGroups },
        "a query of logs failed",
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /** Forgets the oldest queries that have ended, where there are too many, or their results take too much. */
  #forget(): void {
    const { nowMs, resultsMaxBytes = RESULTS_MAX_BYTES } = this.#options;
    let bytes = [...this.#runs.values()].reduce((sum, run) => sum + run.bytes, 0);
    const isTooOld = ({ createdMs }: Run) => createdMs < nowMs() - KEPT_MS;
    for (const run of this.#runs.values()) {
      if (isActive(run)) continue;
      if (bytes <= resultsMaxBytes && this.#runs.size <= KEPT_MAX && !isTooOld(run)) return;
      bytes -= run.bytes;
      this.#runs.delete(run.id);
    }
  }

  [Symbol.dispose](): void {
    for (const run of this.#runs.values()) run.abort.abort(new Ended("Cancelled"));
  }
}
