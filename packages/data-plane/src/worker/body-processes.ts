import { type BodyResult, type BodyWork, Unavailable } from "@tollgate/pipeline";
import { JobThrew, PoolFull, ProcessPool } from "@tollgate/telemetry";

const ENTRY = new URL(
  import.meta.url.endsWith(".ts") ? "./body-process.ts" : "./body-process.js",
  import.meta.url,
);
const PROCESSES_MAX = 2;
/** Most jobs that may wait; further calls are refused. */
const WAITING_MAX = 64;
/** Most characters that their bodies may have together. */
const WAITING_MAX_CHARS = 128 * 1024 * 1024;
/** Longer jobs have a template or a model that must not be used with such bodies. */
const TIMEOUT_MS = 15_000;
/** A body of 10 MB can become a hundred times as large when it is parsed. */
const HEAP_MAX_MB = 1_536;

export interface BodyProcessesOptions {
  readonly processesMax?: number;
  readonly waitingMax?: number;
  readonly waitingMaxChars?: number;
  readonly timeoutMs?: number;
  readonly heapMaxMb?: number;
}

const tooMany = () => new Unavailable("too many large bodies are waiting to be parsed");

/** BodyProcesses processes large bodies outside the event loop. */
export class BodyProcesses {
  readonly #waitingMaxChars: number;
  readonly #pool: ProcessPool<BodyWork, BodyResult>;

  constructor({ waitingMaxChars = WAITING_MAX_CHARS, ...options }: BodyProcessesOptions = {}) {
    this.#waitingMaxChars = waitingMaxChars;
    this.#pool = new ProcessPool({
      entry: ENTRY,
      processesMax: PROCESSES_MAX,
      waitingMax: WAITING_MAX,
      timeoutMs: TIMEOUT_MS,
      heapMaxMb: HEAP_MAX_MB,
      // Whoever sends such bodies must not fill the logs.
      stderr: "ignore",
      ...options,
    });
  }

  /** perform rejects with Unavailable if too many jobs are waiting, or if the job needs too much time or memory; with JobThrew if it throws. */
  async perform(work: BodyWork): Promise<BodyResult> {
    let chars = work.text.length;
    for (const { text } of this.#pool.waiting) chars += text.length;
    if (chars > this.#waitingMaxChars) throw tooMany();
    try {
      return await this.#pool.run(work);
    } catch (error) {
      if (error instanceof PoolFull) throw tooMany();
      // A defect of the gateway: its stack is for the log of the operator, and not for that of the API.
      if (error instanceof JobThrew) throw error;
      throw new Unavailable(`a large body could not be parsed: ${(error as Error).message}`);
    }
  }
}
