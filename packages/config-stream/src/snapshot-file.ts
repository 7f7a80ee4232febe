import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { Logger } from "@tollgate/telemetry";
import type { Artifact } from "./artifact.ts";
import { isSealed, sealedParts, unsealed } from "./sealed-snapshot.ts";

const MAGIC = Buffer.from("TOLLGATE-SNAPSHOT-1\n");
const DIGEST_BYTES = 32;

export interface Snapshot {
  readonly version: number;
  readonly artifacts: readonly Artifact[];
}

/** A config as bytes. Contents are not copied: there may be many megabytes of them. */
function encode({ version, artifacts }: Snapshot): readonly Buffer[] {
  const parts: Buffer[] = [];
  const pushSized = (bytes: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    parts.push(size, bytes);
  };
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(version));
  head.writeUInt32LE(artifacts.length, 8);
  parts.push(head);
  for (const { name, digest, content } of artifacts) {
    pushSized(Buffer.from(name));
    parts.push(digest);
    pushSized(content);
  }
  return parts;
}

function partsOf(snapshot: Snapshot): readonly Buffer[] {
  const body = encode(snapshot);
  const hash = createHash("sha256");
  for (const part of body) hash.update(part);
  return [MAGIC, hash.digest(), ...body];
}

function decode(body: Buffer): Snapshot {
  let at = 12;
  const takeSized = (): Buffer => {
    const size = body.readUInt32LE(at);
    at += 4 + size;
    return body.subarray(at - size, at);
  };
  const count = body.readUInt32LE(8);
  const artifacts: Artifact[] = [];
  for (let i = 0; i < count; i++) {
    const name = takeSized().toString();
    const digest = body.subarray(at, at + DIGEST_BYTES);
    at += DIGEST_BYTES;
    artifacts.push({ name, digest, content: takeSized() });
  }
  return { version: Number(body.readBigUInt64LE(0)), artifacts };
}

/** encodeSnapshot is a config as bytes that decodeSnapshot can check. */
export const encodeSnapshot = (snapshot: Snapshot): Buffer => Buffer.concat(partsOf(snapshot));

/** decodeSnapshot is the inverse of encodeSnapshot; undefined if the bytes are damaged: part of a config is worse than none. */
export function decodeSnapshot(bytes: Buffer): Snapshot | undefined {
  const body = bytes.subarray(MAGIC.length + DIGEST_BYTES);
  const isSound =
    bytes.subarray(0, MAGIC.length).equals(MAGIC) &&
    createHash("sha256")
      .update(body)
      .digest()
      .equals(bytes.subarray(MAGIC.length, MAGIC.length + DIGEST_BYTES));
  return isSound ? decode(body) : undefined;
}

/** FoundSnapshot is a last good config that can be used, and whether everybody who has its file can read it. */
export interface FoundSnapshot {
  readonly snapshot: Snapshot;
  readonly isClear: boolean;
}

function find(file: string, key: Uint8Array | undefined): FoundSnapshot | undefined {
  try {
    const bytes = readFileSync(file);
    const snapshot = decodeSnapshot(unsealed(bytes, key));
    return snapshot && { snapshot, isClear: !isSealed(bytes) };
  } catch {
    return undefined;
  }
}

/** readSnapshot loads the last good config from disk; undefined if there is none, it is damaged, or it is sealed with another key. */
export const readSnapshot = (file: string, key?: Uint8Array): Snapshot | undefined =>
  find(file, key)?.snapshot;

/** Whether a file is sealed; false: there is none, or it cannot be read. */
function isSealedFile(file: string): boolean {
  try {
    return isSealed(readFileSync(file));
  } catch {
    return false;
  }
}

/**
 * restoreSnapshot is readSnapshot for a node that starts, with a report to its operator where the file is of no use. It throws where the file is sealed and there is no
 * key: what was sealed must not become readable because a setting was left out.
 */
export function restoreSnapshot(
  file: string,
  key: Uint8Array | undefined,
  logger: Logger,
): FoundSnapshot | undefined {
  if (!key && isSealedFile(file))
    throw new Error(
      `${file} is sealed, and TOLLGATE_SNAPSHOT_KEY is not set: set it, or delete the file if configs are to be kept unsealed from now on`,
    );
  const found = find(file, key);
  if (!found && existsSync(file))
    logger.error(
      { file },
      "the last good config cannot be read: it is damaged, or sealed with another TOLLGATE_SNAPSHOT_KEY. The node serves once a control plane has sent the config",
    );
  return found;
}

/** So many parts are written in one call: systems take at most 1,024. */
const WRITTEN_AT_ONCE = 1_000;

async function writeParts(handle: FileHandle, parts: Iterator<Buffer, unknown>): Promise<void> {
  for (;;) {
    const some: Buffer[] = [];
    for (let next = parts.next(); !next.done; next = parts.next())
      if (some.push(next.value) === WRITTEN_AT_ONCE) break;
    if (some.length === 0) return;
    const { bytesWritten } = await handle.writev(some);
    // A disk may take fewer: what is left is copied.
    const rest = some.reduce((sum, part) => sum + part.length, 0) - bytesWritten;
    if (rest > 0) await handle.writeFile(Buffer.concat(some).subarray(-rest));
  }
}

/**
 * writeSnapshot replaces the file atomically: the new content is on disk before it gets the name, and so is the name when it resolves. With a key of 32 bytes, the
 * file is sealed.
 */
export async function writeSnapshot(file: string, snapshot: Snapshot, key?: Uint8Array): Promise<void> {
  const parts = partsOf(snapshot);
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.new`;
  const handle = await open(draft, "w", 0o600);
  try {
    await writeParts(handle, key ? sealedParts(parts, key) : parts.values());
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  await using folder = await open(dirname(file));
  await folder.sync();
}
