import { renameSync, statSync, write } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { asLine } from "@tollgate/config/runtime";
import type { Logger } from "@tollgate/telemetry";
import type { LineSink, LoggedEvent } from "./line-sink.ts";

const writeTo = promisify(write);
/** What waits for a slow reader or a slow disk. */
const WAITING_MAX_BYTES = 8 * 1024 * 1024;
const STDOUT = 1;
/** How long what waits is still written when the process ends. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Target takes lines, as fast as it can. */
interface Target {
  write(lines: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** stdoutTarget writes to standard output beside the event loop: a pipe that nobody reads blocks a thread, and nothing else. */
export const stdoutTarget: Target = {
  async write(lines) {
    for (let done = 0; done < lines.length; ) {
      const { bytesWritten } = await writeTo(STDOUT, lines, done, lines.length - done, null);
      done += bytesWritten;
    }
  },
  close: async () => undefined,
};

export interface RotatingFileOptions {
  readonly path: string;
  /** A file of this size is renamed, and another begun. */
  readonly maxBytes: number;
  /** How many are kept besides the current one: {path}.1 is the newest of them. */
  readonly keptFiles: number;
}

/** rotatingFile writes to a file. */
export function rotatingFile({ path, maxBytes, keptFiles }: RotatingFileOptions): Target {
  let file: FileHandle | undefined;
  let bytes = 0;
  const rotate = (): void => {
    for (let i = keptFiles; i > 0; i--) {
      const from = i === 1 ? path : `${path}.${i - 1}`;
      if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${path}.${i}`);
    }
  };
  return {
    async write(lines) {
      if (file && bytes > 0 && bytes + lines.length > maxBytes) {
        await file.close();
        file = undefined;
        if (keptFiles > 0) rotate();
      }
      // Whoever rotates the file by other means gets a new one when it is full.
      file ??= await open(path, keptFiles > 0 || bytes === 0 ? "a" : "w", 0o600);
      bytes = (await file.stat()).size + lines.length;
      await file.appendFile(lines);
    },
    async close() {
      await file?.close();
    },
  };
}

/** LineWriter writes the message of each event as one line, also where it has several. What waits is bounded. */
export class LineWriter implements LineSink {
  readonly #target: Target;
  readonly #logger: Logger;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #hasFailed = false;
  dropped = 0;

  constructor(target: Target, logger: Logger) {
    this.#target = target;
    this.#logger = logger;
  }

  write(events: readonly LoggedEvent[]): void {
    const lines = Buffer.from(events.map(({ message }) => `${asLine(message)}\n`).join(""));
    if (this.#waitingBytes + lines.length > WAITING_MAX_BYTES) {
      this.dropped += events.length;
      return;
    }
    this.#waiting.push(lines);
    this.#waitingBytes += lines.length;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    for (let lines = this.#waiting.shift(); lines; lines = this.#waiting.shift()) {
      try {
        await this.#target.write(lines);
        this.#hasFailed = false;
      } catch (error) {
        this.dropped += lines.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);
        if (!this.#hasFailed)
          this.#logger.error({ error: String(error) }, "log lines cannot be written and are dropped");
        this.#hasFailed = true;
      }
      this.#waitingBytes -= lines.length;
    }
    this.#running = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref());
    await Promise.race([this.#running, late]);
    await this.#target.close().catch(() => undefined);
  }
}
