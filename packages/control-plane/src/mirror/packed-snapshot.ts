import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Secrets } from "../store/store.ts";
import type { Shape } from "./json-shape.ts";
import { PackedEntities } from "./packed-entities.ts";

/** Changes with the form of records, parts or files: other forms are not read. */
const FORM = 1;
const HEAD = "head.json";
const PARTS_END = ".parts";
/** Length and checksum of a part. */
const PART_HEAD_BYTES = 8;

/** What is known of a snapshot besides its parts. */
interface SnapshotState {
  /** Names the store. */
  readonly source: string;
  /** It has everything until this revision of the store, and may have some of what came after it, */
  readonly revision: number;
  /** but nothing after this one. */
  readonly newest: number;
}

/** SavedAccount is what a snapshot has of an account. */
export interface SavedAccount {
  readonly packed: PackedEntities;
  /** The value of the account's head at the revision of the snapshot. */
  readonly head: string;
}

/** PackedSnapshot is the entities of numerous kinds as they were, by account. */
export interface PackedSnapshot extends SnapshotState {
  readonly accounts: ReadonlyMap<string, SavedAccount>;
}

interface Head extends SnapshotState {
  readonly form: number;
  /** What its tags were made with. */
  readonly secrets: string;
  /** Names the file with the parts of all accounts, one after another. */
  readonly file: string;
  readonly bytes: number;
  readonly accounts: readonly {
    readonly accountId: string;
    readonly head: string;
    readonly shapes: readonly Shape[];
    readonly partCount: number;
  }[];
}

/** Unusable is the reason why a snapshot is not read. */
export class Unusable extends Error {}

/**
 * PackedSnapshots keeps the entities of numerous kinds in a folder, so that a process that starts need not read a million of them from the store. They are
 * written as they are in memory, secrets sealed, while they change: what a snapshot lacks, the history of the store has. Whatever is wrong with a
 * file shows when it is read, by its checksums and by the head that names it, so nothing waits for the disk.
 */
export class PackedSnapshots {
  readonly #folder: string;
  readonly #secrets: Secrets;
  #head: Head | undefined;

  constructor(folder: string, secrets: Secrets) {
    this.#folder = folder;
    this.#secrets = secrets;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** read returns the snapshot; undefined: there is none. Throws Unusable if it cannot be used. */
  async read(): Promise<PackedSnapshot | undefined> {
    const text = await readFile(this.#path(HEAD), "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const head = this.#parse(text);
      const parts = await readParts(this.#path(head.file), head.bytes);
      const accounts = new Map<string, SavedAccount>();
      for (const { accountId, head: accountHead, shapes, partCount } of head.accounts) {
        const own = { shapes, parts: parts.splice(0, partCount), secrets: this.#secrets };
        accounts.set(accountId, { packed: await PackedEntities.of(accountId, own), head: accountHead });
      }
      const { source, revision, newest } = head;
      this.#head = head;
      return { source, revision, newest, accounts };
    } catch (error) {
      throw error instanceof Unusable ? error : new Unusable(`it cannot be read (${String(error)})`);
    }
  }

  #parse(text: string): Head {
    let head: Head;
    try {
      head = JSON.parse(text) as Head;
    } catch {
      throw new Unusable("its head is damaged");
    }
    if (head.form !== FORM) throw new Unusable("another version has written it");
    if (head.secrets !== this.#secrets.id) throw new Unusable("the keys that seal secrets have changed");
    return head;
  }

  /** write replaces the snapshot. `revision` is that of the accounts now; `newest` returns what it is when all of them were written. */
  async write(
    accounts: ReadonlyMap<string, SavedAccount>,
    { source, revision, newest }: Omit<SnapshotState, "newest"> & { readonly newest: () => number },
    signal?: AbortSignal,
  ): Promise<void> {
    const file = `${randomUUID()}${PARTS_END}`;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    let bytes = 0;
    const written: Head["accounts"][number][] = [];
    const handle = await open(this.#path(file), "wx", 0o600);
    try {
      // All at once: records move from one part to another.
      const given = [...accounts].map(([accountId, { packed, head }]) => ({
        accountId,
        head,
        ...packed.parts,
      }));
      for (const { accountId, head, shapes, parts } of given) {
        for (const part of parts) {
          signal?.throwIfAborted();
          bytes += await writePart(handle, part);
        }
        written.push({ accountId, head, shapes, partCount: parts.length });
      }
    } catch (error) {
      await handle.close();
      rmSync(this.#path(file), { force: true });
      throw error;
    }
    await handle.close();
    const state = { source, revision, newest: newest() };
    await this.#putHead({ form: FORM, secrets: this.#secrets.id, ...state, file, bytes, accounts: written });
  }

  /** confirm says that no entity in it has changed until a revision, at which the heads of the accounts are these. */
  async confirm(revision: number, heads: ReadonlyMap<string, Pick<SavedAccount, "head">>): Promise<void> {
    if (!this.#head) return;
    const accounts = this.#head.accounts.map((account) => ({
      ...account,
      head: heads.get(account.accountId)?.head ?? account.head,
    }));
    await this.#putHead({ ...this.#head, accounts, revision, newest: revision });
  }

  async #putHead(head: Head): Promise<void> {
    const draft = this.#path(`${HEAD}.new`);
    await writeFile(draft, JSON.stringify(head), { mode: 0o600 });
    await rename(draft, this.#path(HEAD));
    this.#head = head;
    // Files that no head names: older ones, and those of writes that were broken off.
    for (const name of readdirSync(this.#folder))
      if (name.endsWith(PARTS_END) && name !== head.file) rmSync(this.#path(name), { force: true });
  }

  /** Whether this process has read or written one. */
  get has(): boolean {
    return this.#head !== undefined;
  }

  /** drop removes all of it, as far as the disk lets it: what stays is not used the next time, either. */
  drop(): void {
    this.#head = undefined;
    try {
      rmSync(this.#folder, { recursive: true, force: true });
    } catch {
      // A folder that cannot be written.
    }
  }
}

/** Writes a copy of a part, because its bytes change meanwhile, and its checksum must be that of what is written. */
async function writePart(handle: FileHandle, part: Buffer): Promise<number> {
  const copy = Buffer.allocUnsafe(PART_HEAD_BYTES + part.length);
  part.copy(copy, PART_HEAD_BYTES);
  copy.writeUInt32LE(part.length, 0);
  copy.writeUInt32LE(crc32(copy.subarray(PART_HEAD_BYTES)), 4);
  await handle.writeFile(copy);
  return copy.length;
}

/** Reads so many bytes; fewer are Unusable. */
async function readWhole(handle: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, length - at);
    if (bytesRead === 0) throw new Unusable("it was cut off");
    at += bytesRead;
  }
  return bytes;
}

async function readParts(path: string, bytes: number): Promise<Buffer[]> {
  await using handle = await open(path);
  const parts: Buffer[] = [];
  for (let left = bytes; left > 0; ) {
    const head = await readWhole(handle, PART_HEAD_BYTES);
    const length = head.readUInt32LE(0);
    left -= PART_HEAD_BYTES + length;
    if (left < 0) throw new Unusable("it is damaged");
    const part = await readWhole(handle, length);
    if (crc32(part) !== head.readUInt32LE(4)) throw new Unusable("it is damaged");
    parts.push(part);
  }
  return parts;
}
