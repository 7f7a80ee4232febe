import type { SpecOf } from "@tollgate/config";
import { JobEnded, PoolFull, ProcessPool } from "@tollgate/telemetry";
import type { UpstreamSettings } from "@tollgate/transport";
import { Refusal } from "../refusal.ts";
import type { TestOutcome, TestResult, TestRun } from "./run-test.ts";

const ENTRY = new URL(
  import.meta.url.endsWith(".ts") ? "./test-process.ts" : "./test-process.js",
  import.meta.url,
);
/** Each waits for its upstream most of the time. */
const PROCESSES_MAX = 4;
const WAITING_MAX = 32;
/** What a test may take besides its integration: an authorizer, and waiting for connections. */
const TIMEOUT_MS = 35_000;
/** Templates, patterns and models have their own limits, which end them long before. */
const BLOCKED_MAX_MS = 10_000;
const HEAP_MAX_MB = 512;

/** TestProcessStart is what a process is started with. */
export interface TestProcessStart {
  readonly upstreams: UpstreamSettings;
  readonly logLevel: string;
}

export interface TestProcessesLimits {
  readonly processesMax?: number;
  readonly waitingMax?: number;
  readonly timeoutMs?: number;
  readonly blockedMaxMs?: number;
}

/** How long the integration of a test may take. */
function integrationMs({ stage: { resource } }: TestRun): number {
  const { methods } = resource.spec as SpecOf<"Resource">;
  return Math.max(0, ...Object.values(methods).map((method) => method?.integration?.timeoutInMillis ?? 0));
}

/**
 * TestProcesses runs test invocations in processes of their own: templates, patterns and models of users must not keep or end the control API,
 * whatever they do.
 */
export class TestProcesses implements AsyncDisposable {
  readonly #pool: ProcessPool<TestRun, TestResult>;

  constructor(start: TestProcessStart, limits: TestProcessesLimits = {}) {
    this.#pool = new ProcessPool({
      entry: ENTRY,
      start,
      processesMax: PROCESSES_MAX,
      waitingMax: WAITING_MAX,
      timeoutMs: TIMEOUT_MS,
      blockedMaxMs: BLOCKED_MAX_MS,
      heapMaxMb: HEAP_MAX_MB,
      stderr: "inherit",
      ...limits,
    });
  }

  /** run is the outcome of a test. Refused: the stage does not compile, too many tests are running, or this one needs too much time or memory. */
  async run(test: TestRun): Promise<TestOutcome> {
    const result = await this.#pool.run(test, TIMEOUT_MS + integrationMs(test)).catch((error: unknown) => {
      if (error instanceof PoolFull)
        throw new Refusal("limit", "too many test invocations are running: try again later");
      if (error instanceof JobEnded)
        throw new Refusal("timeout", `the test invocation was ended: ${error.message}`);
      throw error;
    });
    if ("outcome" in result) return { ...result.outcome, body: Buffer.from(result.outcome.body) };
    if (result.problems.length > 0)
      throw new Refusal("invalid", "the method does not compile", result.problems);
    throw new Refusal("not-found", "Invalid Method identifier specified");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool[Symbol.asyncDispose]();
  }
}
