import { createHash } from "node:crypto";
import { type EntityRef, type Kind, nameOf, parseName } from "@tollgate/config";
import { keyNamesOf } from "../resolve/key-names.ts";
import type { Secrets, StoreEntry } from "../store/store.ts";
import { Arena } from "./arena.ts";
import { HashTable } from "./hash-table.ts";
import { JsonCodec } from "./json-codec.ts";
import { decodeSealed, type StoredEntity, type StoredJson } from "./stored-entity.ts";

type PackedJson = StoredJson & { readonly lookups?: readonly string[] };

const TAG_BYTES = 16;
/** modRevision, length of the name, number of tags, whether secrets are sealed. */
const HEAD_BYTES = 8 + 2 + 1 + 1;

/** Secrets of a store that does not seal. */
const PLAIN: Secrets = {
  open: (text) => text,
  lookupsOf: (name) => [
    `plain:${createHash("sha256").update(name).digest().subarray(0, TAG_BYTES).toString("base64url")}`,
  ],
  isLookup: (lookup) => lookup.startsWith("plain:"),
};

/** The bytes of a lookup, without the key that it was made with. */
const tagOf = (lookup: string): Buffer => Buffer.from(lookup.slice(lookup.indexOf(":") + 1), "base64url");

const hashOfTag = (tag: Buffer): number => tag.readUInt32LE(0);

/** FNV-1a. */
function hashOfName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** How a record begins: with its tags and its name. The value follows. */
function headOf(name: string, modRevision: number, tags: readonly Buffer[], isSealed: boolean): Buffer {
  const nameBytes = Buffer.byteLength(name);
  const nameAt = HEAD_BYTES + tags.length * TAG_BYTES;
  const head = Buffer.allocUnsafe(nameAt + nameBytes);
  head.writeDoubleLE(modRevision, 0);
  head.writeUInt16LE(nameBytes, 8);
  head.writeUInt8(tags.length, 10);
  head.writeUInt8(isSealed ? 1 : 0, 11);
  for (const [i, tag] of tags.entries()) tag.copy(head, HEAD_BYTES + i * TAG_BYTES);
  head.write(name, nameAt);
  return head;
}

/** Reads a record piece by piece: most readers need little of it. */
class Packed {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get modRevision(): number {
    return this.#bytes.readDoubleLE(0);
  }

  get isSealed(): boolean {
    return this.#bytes.readUInt8(11) === 1;
  }

  get tags(): readonly Buffer[] {
    return Array.from({ length: this.#bytes.readUInt8(10) }, (_, i) =>
      this.#bytes.subarray(HEAD_BYTES + i * TAG_BYTES, HEAD_BYTES + (i + 1) * TAG_BYTES),
    );
  }

  get #nameAt(): number {
    return HEAD_BYTES + this.#bytes.readUInt8(10) * TAG_BYTES;
  }

  get name(): string {
    const at = this.#nameAt;
    return this.#bytes.toString("utf8", at, at + this.#bytes.readUInt16LE(8));
  }

  valueBy(codec: JsonCodec): StoredJson {
    return codec.decode(this.#bytes, this.#nameAt + this.#bytes.readUInt16LE(8)) as unknown as StoredJson;
  }
}

/**
 * PackedEntities are the entities of numerous kinds of one account, as they are stored: a million must fit into memory, and few of them are
 * asked for. They are found by name, and by the lookups of their key names, so that reading them needs not open their secrets.
 */
export class PackedEntities {
  readonly #accountId: string;
  readonly #codec = new JsonCodec();
  #arena = new Arena();
  #byName = new HashTable();
  #byTag = new HashTable();
  #secrets = PLAIN;
  #size = 0;
  readonly #sizes = new Map<Kind, number>();

  constructor(accountId: string) {
    this.#accountId = accountId;
  }

  get size(): number {
    return this.#size;
  }

  /** How many there are of a kind. */
  sizeOf(kind: Kind): number {
    return this.#sizes.get(kind) ?? 0;
  }

  /** The revision at which an entity was last written; undefined: there is none of this name. */
  versionOf(name: string): number | undefined {
    const at = this.#at(name);
    return at === undefined ? undefined : this.#packed(at).modRevision;
  }

  get(name: string): StoredEntity | undefined {
    const at = this.#at(name);
    return at === undefined ? undefined : this.#view(this.#packed(at));
  }

  /** The entity that has a key name. */
  ofKeyName(keyName: string): StoredEntity | undefined {
    for (const secrets of new Set([this.#secrets, PLAIN]))
      for (const tag of secrets.lookupsOf(keyName).map(tagOf)) {
        const at = this.#byTag.find(hashOfTag(tag), (one) =>
          this.#packed(one).tags.some((own) => own.equals(tag)),
        );
        if (at !== undefined) return this.#view(this.#packed(at));
      }
    return undefined;
  }

  *values(): Generator<StoredEntity> {
    for (const bytes of this.#arena.values()) yield this.#view(new Packed(bytes));
  }

  *names(): Generator<string> {
    for (const bytes of this.#arena.values()) yield new Packed(bytes).name;
  }

  put(name: string, ref: EntityRef, entry: StoreEntry): void {
    const { sealed, modRevision } = entry;
    if (sealed) this.#secrets = sealed.secrets;
    this.delete(name);
    // The value of a sealed entry opens its secrets when it is read.
    const { lookups = [], ...value } = JSON.parse(sealed ? sealed.value : entry.value) as PackedJson;
    const tags = this.#tagsOf(ref, value, lookups, sealed?.secrets ?? PLAIN);
    const head = headOf(name, modRevision, tags, sealed !== undefined);
    this.#add(Buffer.concat([head, this.#codec.encode(value as never)]), name, tags);
    this.#sizes.set(ref.kind, this.sizeOf(ref.kind) + 1);
  }

  delete(name: string): void {
    const at = this.#at(name);
    if (at === undefined) return;
    this.#byName.remove(hashOfName(name), at);
    for (const tag of this.#packed(at).tags) this.#byTag.remove(hashOfTag(tag), at);
    this.#arena.drop(at);
    this.#size--;
    const { kind } = parseName(name) as EntityRef;
    this.#sizes.set(kind, this.sizeOf(kind) - 1);
    if (this.#arena.isSparse) this.#pack();
  }

  #at(name: string): number | undefined {
    if (this.#size === 0) return undefined;
    return this.#byName.find(hashOfName(name), (at) => this.#packed(at).name === name);
  }

  /** The key of the store, which its secrets are bound to. */
  #keyOf(name: string): string {
    return `${this.#accountId}/${name}`;
  }

  #packed(at: number): Packed {
    return new Packed(this.#arena.get(at));
  }

  #view(packed: Packed): StoredEntity {
    const { name, modRevision, isSealed } = packed;
    const secrets = isSealed ? this.#secrets : PLAIN;
    const ref = parseName(name) as EntityRef;
    return decodeSealed(ref, this.#keyOf(name), packed.valueBy(this.#codec), modRevision, secrets);
  }

  #add(record: Buffer, name: string, tags: readonly Buffer[]): void {
    const at = this.#arena.add(record);
    this.#byName.add(hashOfName(name), at);
    for (const tag of tags) this.#byTag.add(hashOfTag(tag), at);
    this.#size++;
  }

  /** The tags of a value: those that it says itself, or, where an older version or another key has written it, those of the names in its secrets. */
  #tagsOf(
    ref: EntityRef,
    value: StoredJson,
    lookups: readonly string[],
    secrets: Secrets,
  ): readonly Buffer[] {
    const known = lookups.filter((lookup) => secrets.isLookup(lookup));
    if (known.length > 0) return known.map(tagOf);
    const { entity } = decodeSealed(ref, this.#keyOf(nameOf(ref)), structuredClone(value), 0, secrets);
    return keyNamesOf(this.#accountId, entity).flatMap((keyName) =>
      secrets.lookupsOf(keyName).slice(0, 1).map(tagOf),
    );
  }

  /** Gets the space of dropped records back. */
  #pack(): void {
    const records = this.#arena.values();
    this.#arena = new Arena();
    this.#byName = new HashTable();
    this.#byTag = new HashTable();
    this.#size = 0;
    for (const record of records) {
      const { name, tags } = new Packed(record);
      this.#add(record, name, tags);
    }
  }
}
