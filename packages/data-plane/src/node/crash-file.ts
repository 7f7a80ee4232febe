import { readFileSync } from "node:fs";
import { type Artifact, sealedParts, unsealed } from "@tollgate/config-stream";
import { DiskOutage, type Logger } from "@tollgate/telemetry";
import { type JournalRecord, RecordJournal } from "./record-journal.ts";

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
  /** Removed chunks that last good versions need. */
  readonly chunks: readonly Artifact[];
  readonly trials: Map<string, Trial>;
  /** By leftOutKey. */
  readonly leftOut: Map<string, LeftOut>;
}

export const leftOutKey = ({ name, digest }: { readonly name: string; readonly digest: Buffer }): string =>
  `${name} ${digest.toString("hex")}`;

/** What the records of the file have, by the beginnings of their keys. Contents are stored once, by their digests. */
const RECORDS = { content: "content/", trial: "trial/", chunk: "chunk/", leftOut: "left-out/" };

interface StoredTrial {
  readonly digest: string;
  readonly crashes: number;
  /** Digest of the last good version. */
  readonly before?: string;
}

/** CrashFile keeps what is on trial, and what is left out, where the next process of the node finds it. */
export class CrashFile {
  readonly #file: string;
  readonly #journal: RecordJournal;
  readonly #disk: DiskOutage;
  readonly #key: Uint8Array | undefined;

  /** `key` has 32 bytes that seal the contents, as it seals the last good config; undefined: they are not sealed. */
  constructor(file: string, logger: Logger, key?: Uint8Array) {
    this.#key = key;
    this.#file = file;
    this.#journal = new RecordJournal(file);
    this.#disk = new DiskOutage("what is on trial", logger);
  }

  /** A damaged file is as none. */
  read(): CrashState {
    try {
      return readWhole(this.#file) ?? stateOf(this.#journal.read(), this.#key);
    } catch {
      return { chunks: [], trials: new Map(), leftOut: new Map() };
    }
  }

  /**
   * The end of the process must not lose it; that of the machine may. It is written before each update: what has not changed costs nothing. What a
   * full disk does not take is written with the next state.
   */
  write(state: CrashState): void {
    const records = recordsOf(state, this.#key);
    this.#disk.attempt(() => this.#journal.write(records));
  }
}

const hex = (digest: Buffer): string => digest.toString("hex");

const sealed = (content: Buffer, key: Uint8Array | undefined): Buffer =>
  key ? Buffer.concat([...sealedParts([content], key)]) : content;

/** A content that was sealed with another key is as none. */
function opened(stored: string, key: Uint8Array | undefined): Buffer | undefined {
  try {
    return unsealed(Buffer.from(stored, "base64"), key);
  } catch {
    return undefined;
  }
}

function recordsOf({ trials, leftOut, chunks }: CrashState, key: Uint8Array | undefined): JournalRecord[] {
  let leftBytes = CONTENT_MAX_BYTES;
  const fits = ({ content }: Artifact) => {
    leftBytes -= content.length;
    return leftBytes >= 0;
  };
  const contents = new Map<string, Artifact>();
  const kept = (artifact: Artifact): string => {
    const digest = hex(artifact.digest);
    contents.set(digest, artifact);
    return digest;
  };
  const named: JournalRecord[] = [
    ...[...trials.values()].map(({ name, digest, before, crashes }) => {
      const stored: StoredTrial = {
        digest: hex(digest),
        crashes,
        ...(before && fits(before) ? { before: kept(before) } : {}),
      };
      const version = `${stored.digest} ${crashes} ${stored.before}`;
      return { key: RECORDS.trial + name, version, value: () => stored };
    }),
    ...chunks.filter(fits).map((chunk) => {
      const version = kept(chunk);
      return { key: RECORDS.chunk + chunk.name, version, value: () => version };
    }),
    ...[...leftOut].map(([key, value]) => ({
      key: RECORDS.leftOut + key,
      version: `${value.crashes} ${value.times} ${value.untilUnixMs}`,
      value: () => value,
    })),
  ];
  return [
    ...[...contents].map(([digest, { content }]) => ({
      key: RECORDS.content + digest,
      version: digest,
      value: () => sealed(content, key).toString("base64"),
    })),
    ...named,
  ];
}

/** The records of a kind, by what follows the beginning of their keys. */
const recordsWith = <T>(values: ReadonlyMap<string, unknown>, start: string): (readonly [string, T])[] =>
  [...values].flatMap(([key, value]) =>
    key.startsWith(start) ? [[key.slice(start.length), value as T] as const] : [],
  );

function stateOf(values: ReadonlyMap<string, unknown>, key: Uint8Array | undefined): CrashState {
  const artifact = (name: string, digest: string): Artifact | undefined => {
    const stored = values.get(RECORDS.content + digest) as string | undefined;
    const content = stored === undefined ? undefined : opened(stored, key);
    return content && { name, digest: Buffer.from(digest, "hex"), content };
  };
  return {
    chunks: recordsWith<string>(values, RECORDS.chunk).flatMap(
      ([name, digest]) => artifact(name, digest) ?? [],
    ),
    trials: new Map(
      recordsWith<StoredTrial>(values, RECORDS.trial).map(([name, { digest, crashes, before }]) => [
        name,
        {
          name,
          digest: Buffer.from(digest, "hex"),
          before: before === undefined ? undefined : artifact(name, before),
          sinceMs: 0,
          crashes,
        },
      ]),
    ),
    leftOut: new Map(recordsWith<LeftOut>(values, RECORDS.leftOut)),
  };
}

interface WholeArtifact {
  readonly digest: string;
  readonly content: string;
}

const toArtifact = (name: string, { digest, content }: WholeArtifact): Artifact => ({
  name,
  digest: Buffer.from(digest, "hex"),
  content: Buffer.from(content, "base64"),
});

/** The file of the version before: one object. */
interface Whole {
  readonly chunks: readonly (WholeArtifact & { readonly name: string })[];
  readonly trials: readonly {
    readonly name: string;
    readonly digest: string;
    readonly crashes: number;
    readonly before?: WholeArtifact;
  }[];
  /** Crashes. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly leftOutUntil?: Readonly<Record<string, Omit<LeftOut, "crashes">>>;
}

/** readWhole reads a file of the version before; undefined: it is not of that form. */
function readWhole(file: string): CrashState | undefined {
  const text = readFileSync(file, "utf8");
  if (!text.startsWith("{")) return undefined;
  const { trials, leftOut, leftOutUntil, chunks } = JSON.parse(text) as Whole;
  return {
    chunks: chunks.map((chunk) => toArtifact(chunk.name, chunk)),
    trials: new Map(
      trials.map(({ name, digest, crashes, before }) => [
        name,
        {
          name,
          digest: Buffer.from(digest, "hex"),
          before: before && toArtifact(name, before),
          sinceMs: 0,
          crashes,
        },
      ]),
    ),
    leftOut: new Map(
      Object.entries(leftOut).map(([key, crashes]) => {
        const { times = 1, untilUnixMs } = leftOutUntil?.[key] ?? {};
        return [key, { crashes, times, untilUnixMs }];
      }),
    ),
  };
}
