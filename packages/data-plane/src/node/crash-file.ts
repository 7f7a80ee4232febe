import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Artifact } from "@tollgate/config-stream";
import { DiskOutage, type Logger } from "@tollgate/telemetry";

/** The contents of last good versions that the file may contain. If there are more, a node that was crashed has none of them. */
const CONTENT_MAX_BYTES = 4 * 1024 * 1024;

/** Trial is an artifact that was applied lately. */
export interface Trial {
  readonly name: string;
  readonly digest: Buffer;
  /** The last good version; undefined: it is new. */
  readonly before: Artifact | undefined;
  /** When it was applied, or crashed the node last, on the clock of this process. */
  sinceMs: number;
  crashes: number;
}

/** LeftOut is an artifact that is left out for a time. */
export interface LeftOut {
  readonly crashes: number;
  /** How often it was left out. */
  readonly times: number;
  /** undefined: the version before did not say so. */
  readonly untilUnixMs: number | undefined;
}

export interface CrashState {
  /** Chunks that were removed lately, which last good versions may need. */
  readonly chunks: readonly Artifact[];
  readonly trials: Map<string, Trial>;
  /** By leftOutKey. */
  readonly leftOut: Map<string, LeftOut>;
}

export const leftOutKey = ({ name, digest }: { readonly name: string; readonly digest: Buffer }): string =>
  `${name} ${digest.toString("hex")}`;

interface StoredArtifact {
  readonly digest: string;
  readonly content: string;
}

interface StoredTrial {
  readonly name: string;
  readonly digest: string;
  readonly crashes: number;
  readonly before?: StoredArtifact;
}

interface Stored {
  readonly chunks: readonly (StoredArtifact & { readonly name: string })[];
  readonly trials: readonly StoredTrial[];
  /** Crashes. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly leftOutUntil?: Readonly<Record<string, Omit<LeftOut, "crashes">>>;
}

/** CrashFile keeps what is on trial, and what is left out, where the next process of the node finds it. */
export class CrashFile {
  readonly #file: string;
  readonly #disk: DiskOutage;
  #written = "";

  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#disk = new DiskOutage("what is on trial", logger);
  }

  /** A damaged file is as none. */
  read(): CrashState {
    try {
      const { trials, leftOut, leftOutUntil, chunks } = JSON.parse(
        readFileSync(this.#file, "utf8"),
      ) as Stored;
      return {
        chunks: chunks.map((chunk) => toArtifact(chunk.name, chunk)),
        trials: new Map(trials.map((trial) => [trial.name, toTrial(trial)])),
        leftOut: new Map(
          Object.entries(leftOut).map(([key, crashes]) => {
            const { times = 1, untilUnixMs } = leftOutUntil?.[key] ?? {};
            return [key, { crashes, times, untilUnixMs }];
          }),
        ),
      };
    } catch {
      return { chunks: [], trials: new Map(), leftOut: new Map() };
    }
  }

  /** The end of the process must not lose it; that of the machine may. What a full disk does not take is written with the next state. */
  write({ trials, leftOut, chunks }: CrashState): void {
    let leftBytes = CONTENT_MAX_BYTES;
    const fits = ({ content }: Artifact) => {
      leftBytes -= content.length;
      return leftBytes >= 0;
    };
    const stored: Stored = {
      trials: [...trials.values()].map(({ name, digest, before, crashes }) => ({
        name,
        digest: hex(digest),
        crashes,
        ...(before && fits(before) ? { before: toStored(before) } : {}),
      })),
      leftOut: Object.fromEntries([...leftOut].map(([key, { crashes }]) => [key, crashes])),
      leftOutUntil: Object.fromEntries(
        [...leftOut].map(([key, { times, untilUnixMs }]) => [key, { times, untilUnixMs }]),
      ),
      chunks: chunks.filter(fits).map((chunk) => ({ name: chunk.name, ...toStored(chunk) })),
    };
    const text = JSON.stringify(stored);
    if (text === this.#written) return;
    this.#disk.attempt(() => {
      mkdirSync(dirname(this.#file), { recursive: true });
      writeFileSync(`${this.#file}.new`, text, { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
      this.#written = text;
    });
  }
}

const hex = (digest: Buffer): string => digest.toString("hex");

const toStored = ({ digest, content }: Artifact): StoredArtifact => ({
  digest: hex(digest),
  content: content.toString("base64"),
});

const toArtifact = (name: string, { digest, content }: StoredArtifact): Artifact => ({
  name,
  digest: Buffer.from(digest, "hex"),
  content: Buffer.from(content, "base64"),
});

const toTrial = ({ name, digest, crashes, before }: StoredTrial): Trial => ({
  name,
  digest: Buffer.from(digest, "hex"),
  before: before && toArtifact(name, before),
  sinceMs: 0,
  crashes,
});
