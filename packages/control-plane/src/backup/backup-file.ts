import { createHash, type Hash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { Refusal } from "../refusal.ts";
import type { StoreEntry } from "../store/store.ts";

/*
 * A backup file is gzipped JSON lines: a header, one line for each key of the store, and an end with their number and the SHA-256 of all
 * bytes before it. So a file that was cut or changed is noticed before anything is restored.
 */

/** Version of the file's own format. */
const FORMAT = 1;
const LINE_FEED = 0x0a;
/** A stored value has at most 1.5 MiB, which JSON can make six times as long. */
const LINE_MAX_BYTES = 16 * 1024 * 1024;

export interface BackupHeader {
  /** Revision of the store that the file was made from. */
  readonly revision: number;
  /** RFC 3339. */
  readonly createTime: string;
  readonly softwareVersion: string;
}

export type BackupEntry = Pick<StoreEntry, "key" | "value">;

const invalid = (message: string): Refusal => new Refusal("invalid", `nothing was restored: ${message}`);
const CUT = "the file is cut: its end is missing";

/** encodeBackup returns the bytes of a file, in pieces. */
export function encodeBackup(
  header: BackupHeader,
  pages: AsyncIterable<readonly BackupEntry[]>,
): AsyncIterable<Buffer> {
  const lines = async function* () {
    const hash = createHash("sha256");
    const hashed = (values: readonly unknown[]) => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
      hash.update(bytes);
      return bytes;
    };
    let entries = 0;
    yield hashed([{ tollgateBackup: FORMAT, ...header }]);
    for await (const page of pages) {
      entries += page.length;
      yield hashed(page.map(({ key, value }) => ({ key, value })));
    }
    yield Buffer.from(`${JSON.stringify({ entries, sha256: hash.digest("hex") })}\n`);
  };
  return pipeline(Readable.from(lines()), createGzip(), () => undefined);
}

/** The lines of a gzipped text, each with its line feed. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const unzipped = pipeline(Readable.from(bytes), createGunzip(), () => undefined);
  let begun: Buffer[] = [];
  let begunBytes = 0;
  try {
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
        yield Buffer.concat([...begun, chunk.subarray(from, at + 1)]);
        begun = [];
        begunBytes = 0;
        from = at + 1;
      }
      if (from < chunk.length) begun.push(chunk.subarray(from));
      begunBytes += chunk.length - from;
      if (begunBytes > LINE_MAX_BYTES) throw invalid("the file is not a backup of Tollgate");
    }
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case "Z_BUF_ERROR":
        throw invalid(CUT);
      case "Z_DATA_ERROR":
        throw invalid(
          /header/.test(String(error)) ? "the file is not a backup of Tollgate" : "the file is damaged",
        );
      default:
        throw error;
    }
  }
  if (begunBytes > 0) throw invalid(CUT);
}

function parse(line: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line.toString());
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // The same problem.
  }
  throw invalid("the file is not a backup of Tollgate, or it is damaged");
}

function readHeader(line: Buffer | undefined): BackupHeader {
  if (!line) throw invalid(CUT);
  const { tollgateBackup: format, revision, createTime, softwareVersion } = parse(line);
  if (typeof format !== "number") throw invalid("the file is not a backup of Tollgate");
  if (format !== FORMAT)
    throw invalid(
      `Tollgate ${String(softwareVersion)} made the file, in format ${format}; this control plane reads format ${FORMAT}: restore it with that version`,
    );
  if (!Number.isSafeInteger(revision) || Number.isNaN(Date.parse(String(createTime))))
    throw invalid("the file is damaged: its header names no revision or time");
  return {
    revision: Number(revision),
    createTime: String(createTime),
    softwareVersion: String(softwareVersion),
  };
}

function checkEnd({ entries, sha256 }: Readonly<Record<string, unknown>>, count: number, hash: Hash): void {
  if (entries !== count || sha256 !== hash.digest("hex"))
    throw invalid("the file is damaged: its checksum is another one");
}

/** decodeBackup reads a file to its end. Whoever uses the entries knows that they are those that were written. */
export async function decodeBackup(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly header: BackupHeader; readonly entries: readonly BackupEntry[] }> {
  const hash = createHash("sha256");
  const entries: BackupEntry[] = [];
  let header: BackupHeader | undefined;
  let isOver = false;
  for await (const line of linesOf(bytes)) {
    if (isOver) throw invalid("the file is damaged: something follows its end");
    if (!header) {
      header = readHeader(line);
      hash.update(line);
      continue;
    }
    const { key, value, ...end } = parse(line);
    if (typeof key === "string" && typeof value === "string") {
      hash.update(line);
      entries.push({ key, value });
    } else {
      checkEnd(end, entries.length, hash);
      isOver = true;
    }
  }
  if (!header || !isOver) throw invalid(CUT);
  return { header, entries };
}
