import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import {
  BLOCK_START_BYTES,
  type BlockHead,
  eachRecord,
  encodeBlock,
  findHead,
  type LogRecord,
  readBody,
  readHead,
} from "./block.ts";

/** Messages of a compacted block. */
const COMPACT_BLOCK_BYTES = 256 * 1024;
/** After damage, the next block is looked for in pieces of this size. */
const SEARCH_BYTES = 1024 * 1024;

/** StoredBlock is a block and where it is. */
export interface StoredBlock extends BlockHead {
  readonly segment: Segment;
  readonly offset: number;
  readonly bytes: number;
}

const nameOf = (number: number): string => `${String(number).padStart(12, "0")}.log`;

/** segmentNumberOf is the number of a file; undefined: it is not a segment. */
export const segmentNumberOf = (file: string): number | undefined =>
  /^\d{12}\.log$/.test(file) ? Number(file.slice(0, 12)) : undefined;

/** Segment is one file of a log group. Blocks are added to its end; compaction replaces the file once. */
export class Segment {
  readonly number: number;
  readonly path: string;
  blocks: readonly StoredBlock[] = [];
  sizeBytes = 0;
  /** Places in it that are no blocks. */
  damaged = 0;

  private constructor(folder: string, number: number) {
    this.number = number;
    this.path = join(folder, nameOf(number));
  }

  static create(folder: string, number: number): Segment {
    const segment = new Segment(folder, number);
    closeSync(openSync(segment.path, "a", 0o600));
    return segment;
  }

  /** open reads the heads of a file. Blocks that are not complete at its end are cut off: nobody was told that they are stored. */
  static open(folder: string, number: number): Segment {
    const segment = new Segment(folder, number);
    const fd = openSync(segment.path, "r+");
    try {
      segment.#scan(fd);
    } finally {
      closeSync(fd);
    }
    return segment;
  }

  get firstMs(): number {
    return this.blocks.reduce((first, block) => Math.min(first, block.firstMs), Number.POSITIVE_INFINITY);
  }

  get lastMs(): number {
    return this.blocks.reduce((last, block) => Math.max(last, block.lastMs), 0);
  }

  #scan(fd: number): void {
    const { size } = fstatSync(fd);
    const blocks: StoredBlock[] = [];
    let at = 0;
    while (at < size) {
      const start = readAt(fd, at, BLOCK_START_BYTES);
      const found = readHead(start, 0);
      if (typeof found === "object" && at + found.bodyAt + found.bodyBytes <= size) {
        const bytes = found.bodyAt + found.bodyBytes;
        blocks.push({ ...found.head, segment: this, offset: at, bytes });
        at += bytes;
        continue;
      }
      const next = nextHead(fd, at + 1, size);
      if (next === undefined) {
        // A head without its body, or half a head: what a killed process leaves.
        if (found === "damaged") this.damaged++;
        ftruncateSync(fd, at);
        break;
      }
      this.damaged++;
      at = next;
    }
    this.sizeBytes = at;
    this.blocks = blocks;
  }

  /** append adds blocks, all or none. */
  append(encoded: readonly { readonly head: BlockHead; readonly bytes: Buffer }[]): void {
    const fd = openSync(this.path, "r+");
    try {
      const all = Buffer.concat(encoded.map(({ bytes }) => bytes));
      try {
        for (let done = 0; done < all.length; )
          done += writeSync(fd, all, done, all.length - done, this.sizeBytes + done);
      } catch (error) {
        ftruncateSync(fd, this.sizeBytes);
        throw error;
      }
    } finally {
      closeSync(fd);
    }
    const added: StoredBlock[] = [];
    for (const { head, bytes } of encoded) {
      added.push({ ...head, segment: this, offset: this.sizeBytes, bytes: bytes.length });
      this.sizeBytes += bytes.length;
    }
    this.blocks = [...this.blocks, ...added];
  }

  #bytesOf({ offset, bytes }: StoredBlock): Buffer {
    const fd = openSync(this.path, "r");
    try {
      return readAt(fd, offset, bytes);
    } finally {
      closeSync(fd);
    }
  }

  /** read returns the events of a block of this segment, still encoded; undefined: it is damaged, or its file is gone. */
  read(block: StoredBlock): Buffer | undefined {
    try {
      return readBody(this.#bytesOf(block));
    } catch {
      return undefined;
    }
  }

  /**
   * compact writes the events of `streams` again: sorted by time, in few large blocks. A process that is killed meanwhile leaves the old file. A block that
   * cannot be read is copied as it is: its head says what is missing, for as long as its events would have been kept.
   */
  compact(folder: string, isKept: (stream: number) => boolean): void {
    const byStream = new Map<number, LogRecord[]>();
    const unreadable: StoredBlock[] = [];
    for (const block of this.blocks) {
      if (!isKept(block.stream)) continue;
      const body = this.read(block);
      if (!body) {
        unreadable.push(block);
        continue;
      }
      const records = byStream.get(block.stream) ?? [];
      byStream.set(block.stream, records);
      eachRecord(
        body,
        () => true,
        (record) => records.push(record),
      );
    }
    const temporary = `${this.path}.new`;
    rmSync(temporary, { force: true });
    const compacted = new Segment(folder, this.number);
    const fd = openSync(temporary, "w", 0o600);
    const blocks: StoredBlock[] = [];
    try {
      const add = (bytes: Buffer) => {
        for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
        const found = readHead(bytes, 0);
        if (typeof found === "string") return;
        blocks.push({ ...found.head, segment: this, offset: compacted.sizeBytes, bytes: bytes.length });
        compacted.sizeBytes += bytes.length;
      };
      for (const block of unreadable) add(this.#bytesOf(block));
      for (const [stream, records] of byStream)
        for (const part of parts(records.sort((a, b) => a.unixMs - b.unixMs || a.seq - b.seq))) {
          add(encodeBlock(stream, part));
        }
      fsyncSync(fd);
    } catch (error) {
      closeSync(fd);
      rmSync(temporary, { force: true });
      throw error;
    }
    closeSync(fd);
    renameSync(temporary, this.path);
    this.blocks = blocks;
    this.sizeBytes = compacted.sizeBytes;
  }

  remove(): void {
    rmSync(this.path, { force: true });
    this.blocks = [];
    this.sizeBytes = 0;
  }
}

/** Events in pieces for one block each. */
function* parts(records: readonly LogRecord[]): Generator<readonly LogRecord[]> {
  let from = 0;
  let bytes = 0;
  for (const [i, { message }] of records.entries()) {
    bytes += message.length;
    if (bytes < COMPACT_BLOCK_BYTES) continue;
    yield records.slice(from, i + 1);
    from = i + 1;
    bytes = 0;
  }
  if (from < records.length) yield records.slice(from);
}

function readAt(fd: number, at: number, maxBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(maxBytes);
  return bytes.subarray(0, readSync(fd, bytes, 0, maxBytes, at));
}

/** Where the next sound head is. */
function nextHead(fd: number, from: number, size: number): number | undefined {
  for (let at = from; at < size; at += SEARCH_BYTES) {
    const found = findHead(readAt(fd, at, SEARCH_BYTES + BLOCK_START_BYTES), 0);
    if (found !== undefined) return at + found;
  }
  return undefined;
}
