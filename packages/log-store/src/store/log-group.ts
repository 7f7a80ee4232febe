import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { refusals } from "../refusal.ts";
import { encodeBlock, type LogRecord, readHead } from "./block.ts";
import type { MissingEvents } from "./missing-events.ts";
import { Segment, type StoredBlock, segmentNumberOf } from "./segment.ts";

const GROUP_FILE = "group.json";
const DAY_MS = 86_400_000;

/** GroupSettings are what clients set of a group. */
export interface GroupSettings {
  /** 0: events are kept as long as there is space. */
  readonly retentionDays: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly logGroupClass: string;
}

/** LogStreamState is a stream, and what is known of its events. Times in milliseconds since 1970; 0: it has no events. */
export interface LogStreamState {
  readonly number: number;
  readonly name: string;
  readonly createdMs: number;
  firstMs: number;
  lastMs: number;
  lastIngestionMs: number;
  /** The highest sequence number that is stored. */
  lastSeq: number;
}

interface GroupFile extends GroupSettings {
  readonly accountId: string;
  readonly name: string;
  readonly createdMs: number;
  readonly nextStream: number;
  readonly streams: readonly Pick<LogStreamState, "number" | "name" | "createdMs">[];
}

export interface NewGroup extends GroupSettings {
  readonly accountId: string;
  readonly name: string;
  readonly createdMs: number;
}

/** NewRecord is an event that is to be stored. */
export type NewRecord = Omit<LogRecord, "seq"> & { readonly seq: number | undefined };

/** LogGroup is one group: a folder of segments, and what clients set. */
export class LogGroup {
  readonly accountId: string;
  readonly name: string;
  readonly createdMs: number;
  settings: GroupSettings;
  readonly streams = new Map<string, LogStreamState>();
  segments: Segment[] = [];
  /** How many read it now: its files are not compacted meanwhile. */
  readers = 0;
  readonly #folder: string;
  #nextStream = 1;

  private constructor(folder: string, { accountId, name, createdMs, ...settings }: NewGroup) {
    this.#folder = folder;
    this.accountId = accountId;
    this.name = name;
    this.createdMs = createdMs;
    this.settings = settings;
  }

  static create(folder: string, given: NewGroup): LogGroup {
    mkdirSync(folder, { recursive: true });
    const group = new LogGroup(folder, given);
    group.save();
    return group;
  }

  /** open reads a folder; undefined: it has no group. */
  static open(folder: string): LogGroup | undefined {
    const file = readGroup(folder);
    if (!file) return undefined;
    const { streams, nextStream, accountId, name, createdMs, retentionDays, tags, logGroupClass } = file;
    const group = new LogGroup(folder, { accountId, name, createdMs, retentionDays, tags, logGroupClass });
    group.#nextStream = nextStream;
    for (const stream of streams) group.streams.set(stream.name, newStream(stream));
    group.segments = readdirSync(folder)
      .flatMap((one) => segmentNumberOf(one) ?? [])
      .sort((a, b) => a - b)
      .map((number) => Segment.open(folder, number));
    const byNumber = new Map([...group.streams.values()].map((stream) => [stream.number, stream]));
    for (const block of group.segments.flatMap(({ blocks }) => blocks)) {
      const stream = byNumber.get(block.stream);
      if (stream) noteBlock(stream, block);
    }
    return group;
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  get damaged(): number {
    return this.segments.reduce((sum, { damaged }) => sum + damaged, 0);
  }

  /** Places of its files that are no blocks, by the times of what is stored around them: whose events they were is not known. */
  missingPlaces(startMs: number, endMs: number): readonly MissingEvents[] {
    return this.segments.flatMap(({ damaged, blocks, firstMs, lastMs }, i) => {
      if (damaged === 0) return [];
      // Of a file without any block, only those before and behind it say something.
      const isEmpty = blocks.length === 0;
      const from = isEmpty ? (this.segments[i - 1]?.lastMs ?? 0) : firstMs;
      const to = isEmpty ? (this.segments[i + 1]?.firstMs ?? from) : lastMs;
      if (to < startMs || from >= endMs) return [];
      const place = { stream: "", firstMs: from, lastMs: Math.max(from, Math.min(to, endMs)), count: 0 };
      return Array.from({ length: damaged }, () => place);
    });
  }

  /** Events of before are not shown any more. */
  expiredBeforeMs(nowMs: number): number {
    const { retentionDays } = this.settings;
    return retentionDays === 0 ? 0 : nowMs - retentionDays * DAY_MS;
  }

  save(): void {
    const { accountId, name, createdMs, settings } = this;
    const streams = [...this.streams.values()].map(({ number, name, createdMs }) => ({
      number,
      name,
      createdMs,
    }));
    const content: GroupFile = {
      accountId,
      name,
      createdMs,
      ...settings,
      nextStream: this.#nextStream,
      streams,
    };
    const file = join(this.#folder, GROUP_FILE);
    writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  createStream(name: string, createdMs: number): LogStreamState {
    if (this.streams.has(name)) throw refusals.streamExists();
    const stream = newStream({ number: this.#nextStream++, name, createdMs });
    this.streams.set(name, stream);
    try {
      this.save();
    } catch (error) {
      // Events of a stream that the file does not name would belong to the next one after a restart.
      this.streams.delete(name);
      throw error;
    }
    return stream;
  }

  /** deleteStream removes a stream; its blocks are left out, and leave the disk with the next compaction. */
  deleteStream(name: string): void {
    if (!this.streams.delete(name)) throw refusals.noStream();
    this.save();
  }

  /**
   * dropExpired removes the streams that have had no event since a time: each life of a worker has one of its own, and they would never end. An
   * event of one that is removed begins it again.
   */
  dropExpired(beforeMs: number): void {
    const before = this.streams.size;
    for (const { name, createdMs, lastMs } of this.streams.values())
      if (Math.max(createdMs, lastMs) < beforeMs) this.streams.delete(name);
    if (this.streams.size < before) this.save();
  }

  /**
   * encode makes the block of new events of a stream; undefined: all of them are stored. An event whose sequence number is not higher than the stream's
   * arrived before, and is left out. Without a number it gets the next one.
   */
  encode(stream: LogStreamState, given: readonly NewRecord[]) {
    let next = stream.lastSeq;
    const records: LogRecord[] = [];
    for (const record of given) {
      const seq = record.seq ?? next + 1;
      if (seq <= next) continue;
      next = seq;
      records.push({ ...record, seq });
    }
    if (records.length === 0) return undefined;
    const bytes = encodeBlock(stream.number, records);
    const found = readHead(bytes, 0);
    if (typeof found === "string") throw new Error(`a block that was just written is ${found}`);
    return { stream, head: found.head, bytes };
  }

  /** append stores the blocks of several streams, all or none, and returns whether the segment has reached a size. */
  append(blocks: readonly NonNullable<ReturnType<LogGroup["encode"]>>[], segmentBytes: number): boolean {
    let segment = this.segments.at(-1);
    if (!segment || segment.sizeBytes >= segmentBytes) {
      segment = Segment.create(this.#folder, (segment?.number ?? 0) + 1);
      this.segments.push(segment);
    }
    segment.append(blocks);
    for (const { stream, head } of blocks) noteBlock(stream, head);
    return segment.sizeBytes >= segmentBytes;
  }

  /** compact rewrites the last segment in large blocks; what is added later goes to a new one. */
  compact(): void {
    const last = this.segments.at(-1);
    const numbers = new Set([...this.streams.values()].map(({ number }) => number));
    last?.compact(this.#folder, (stream) => numbers.has(stream));
    if (last) this.segments.push(Segment.create(this.#folder, last.number + 1));
  }

  removeSegment(segment: Segment): void {
    segment.remove();
    this.segments = this.segments.filter((other) => other !== segment);
    // Numbers only rise, also when the last file is gone.
    if (this.segments.length === 0) this.segments.push(Segment.create(this.#folder, segment.number + 1));
  }

  /** blocks are those with events of some streams in a time, from `startMs` on and before `endMs`. */
  blocks(numbers: ReadonlyMap<number, string>, startMs: number, endMs: number): StoredBlock[] {
    return this.segments.flatMap(({ blocks }) =>
      blocks.filter(
        ({ stream, firstMs, lastMs }) => numbers.has(stream) && lastMs >= startMs && firstMs < endMs,
      ),
    );
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const newStream = (given: Pick<LogStreamState, "number" | "name" | "createdMs">): LogStreamState => ({
  ...given,
  firstMs: 0,
  lastMs: 0,
  lastIngestionMs: 0,
  lastSeq: 0,
});

function noteBlock(stream: LogStreamState, { firstMs, lastMs, lastIngestionMs, lastSeq }: StoredHead): void {
  stream.firstMs = stream.firstMs === 0 ? firstMs : Math.min(stream.firstMs, firstMs);
  stream.lastMs = Math.max(stream.lastMs, lastMs);
  stream.lastIngestionMs = Math.max(stream.lastIngestionMs, lastIngestionMs);
  stream.lastSeq = Math.max(stream.lastSeq, lastSeq);
}

type StoredHead = Pick<StoredBlock, "firstMs" | "lastMs" | "lastIngestionMs" | "lastSeq">;

function readGroup(folder: string): GroupFile | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, GROUP_FILE), "utf8")) as GroupFile;
  } catch {
    return undefined;
  }
}
