import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type EntityRef, type Kind, nameOf, parseName } from "@tollgate/config";
import { keyNamesOf } from "../resolve/key-names.ts";
import { lookupsOfText } from "../secret/lookups-of-text.ts";
import type { Secrets, StoreEntry } from "../store/store.ts";
import { Arena } from "./arena.ts";
import { HashTable } from "./hash-table.ts";
import { JsonCodec } from "./json-codec.ts";
import type { Json, Shape } from "./json-shape.ts";
import { PackedWriter } from "./packed-bytes.ts";
import { decodeSealed, type StoredEntity, type StoredJson } from "./stored-entity.ts";

type PackedJson = StoredJson & { readonly lookups?: readonly string[] };

function parsed(text: Buffer): { readonly lookups: readonly string[]; readonly value: StoredJson } {
  const { lookups = [], ...value } = JSON.parse(text.toString()) as PackedJson;
  return { lookups, value };
}

const TAG_BYTES = 16;
/** modRevision, length of the name, number of tags, how secrets are sealed. */
const HEAD_BYTES = 8 + 2 + 1 + 1;

/** How the secrets of a record are sealed: not at all, with the first key, or with another one. */
const SEAL = { none: 0, current: 1, stale: 2 } as const;
type Seal = (typeof SEAL)[keyof typeof SEAL];

/** Secrets of a store that does not seal. */
const PLAIN: Secrets = {
  id: "",
  open: (text) => text,
  lookupsOf: (name) => [
    `plain:${createHash("sha256").update(name).digest().subarray(0, TAG_BYTES).toString("base64url")}`,
  ],
  isLookup: (lookup) => lookup.startsWith("plain:"),
  isCurrentLookup: (lookup) => lookup.startsWith("plain:"),
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

/** Writes how a record begins: with its tags and its name. The value follows. */
function writeHead(writer: PackedWriter, { name, modRevision, tags, seal }: RecordHead): void {
  writer.cut();
  writer.number(modRevision);
  const bytes = Buffer.from(name);
  writer.byte(bytes.length & 0xff);
  writer.byte(bytes.length >> 8);
  writer.byte(tags.length);
  writer.byte(seal);
  for (const tag of tags) writer.raw(tag);
  writer.raw(bytes);
}

interface RecordHead {
  readonly name: string;
  readonly modRevision: number;
  readonly tags: readonly Buffer[];
  readonly seal: Seal;
}

/** So many records are taken in one turn of the event loop. */
const IN_A_TURN = 10_000;

/** PackedParts are the entities of an account as they are in memory. */
export interface PackedParts {
  readonly shapes: readonly Shape[];
  readonly parts: readonly Buffer[];
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
    return this.#bytes.readUInt8(11) !== SEAL.none;
  }

  get isStale(): boolean {
    return this.#bytes.readUInt8(11) === SEAL.stale;
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
  #codec = new JsonCodec();
  readonly #writer = new PackedWriter();
  #arena = new Arena();
  #byName = new HashTable();
  #byTag = new HashTable();
  #secrets = PLAIN;
  #size = 0;
  #changeCount = 0;
  #staleCount = 0;
  readonly #sizes = new Map<Kind, number>();

  constructor(accountId: string) {
    this.#accountId = accountId;
  }

  /** of is the entities of parts that `parts` has returned. What was put while the parts were read may be there, or not, or twice. */
  static async of(
    accountId: string,
    { shapes, parts, secrets }: PackedParts & { readonly secrets: Secrets },
  ): Promise<PackedEntities> {
    const entities = new PackedEntities(accountId);
    entities.#codec = JsonCodec.of(shapes);
    entities.#secrets = secrets;
    const arena = Arena.of(parts);
    entities.#arena = arena;
    let count = 0;
    for (const at of arena.places()) {
      // Probes are served meanwhile.
      if (++count % IN_A_TURN === 0) await nextTurn();
      const { name, modRevision, tags, isStale } = entities.#packed(at);
      const other = entities.versionOf(name);
      if (other !== undefined && other > modRevision) arena.drop(at);
      else {
        if (other !== undefined) entities.#remove(name);
        entities.#index(at, { name, tags, isStale });
        const { kind } = parseName(name) as EntityRef;
        entities.#sizes.set(kind, entities.sizeOf(kind) + 1);
      }
    }
    return entities;
  }

  /** What the entities can be made of again: bytes that change while they are read, and forms to be read after them. */
  get parts(): PackedParts {
    return { shapes: this.#codec.shapes, parts: this.#arena.parts };
  }

  /** Differs whenever something was put or deleted. */
  get changeCount(): number {
    return this.#changeCount;
  }

  /** How many are sealed with another key than the first, or as an older version does it. */
  get staleCount(): number {
    return this.#staleCount;
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
    const { sealed } = entry;
    this.#changeCount++;
    if (sealed) this.#secrets = sealed.secrets;
    this.delete(name);
    // The value of a sealed entry opens its secrets when it is read.
    const text = sealed ? (sealed.bytes ?? Buffer.from(sealed.value)) : Buffer.from(entry.value);
    if (!this.#writeText(name, text, entry)) this.#writeParsed(name, ref, text, entry);
    this.#add(this.#writer.bytes, name);
    this.#sizes.set(ref.kind, this.sizeOf(ref.kind) + 1);
  }

  /** Writes the record of a text that says its lookups, as a store that seals has written it; false: it does not say them. */
  #writeText(name: string, text: Buffer, { modRevision, sealed }: StoreEntry): boolean {
    const found = sealed && lookupsOfText(text);
    const known = found?.lookups.filter((lookup) => sealed?.secrets.isLookup(lookup)) ?? [];
    if (!sealed || !found || known.length === 0) return false;
    // Who has written them has sealed the secrets at the same time.
    const isCurrent = found.lookups.every((lookup) => sealed.secrets.isCurrentLookup(lookup));
    const seal = isCurrent ? SEAL.current : SEAL.stale;
    writeHead(this.#writer, { name, modRevision, tags: known.map(tagOf), seal });
    this.#codec.encodeText(text, found.at, this.#writer, () => parsed(text).value as unknown as Json);
    return true;
  }

  #writeParsed(name: string, ref: EntityRef, text: Buffer, { modRevision, sealed }: StoreEntry): void {
    const { lookups, value } = parsed(text);
    const tags = this.#tagsOf(ref, value, lookups, sealed?.secrets ?? PLAIN);
    const seal = sealed ? SEAL.stale : SEAL.none;
    writeHead(this.#writer, { name, modRevision, tags, seal });
    this.#codec.encode(value as unknown as Json, this.#writer);
  }

  delete(name: string): void {
    this.#remove(name);
    if (this.#arena.isSparse) this.#pack();
  }

  #remove(name: string): void {
    const at = this.#at(name);
    if (at === undefined) return;
    this.#changeCount++;
    const { tags, isStale } = this.#packed(at);
    this.#byName.remove(hashOfName(name), at);
    for (const tag of tags) this.#byTag.remove(hashOfTag(tag), at);
    this.#arena.drop(at);
    this.#size--;
    if (isStale) this.#staleCount--;
    const { kind } = parseName(name) as EntityRef;
    this.#sizes.set(kind, this.sizeOf(kind) - 1);
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

  #add(record: Buffer, name: string): void {
    const { tags, isStale } = new Packed(record);
    this.#index(this.#arena.add(record), { name, tags, isStale });
  }

  #index(at: number, { name, tags, isStale }: Pick<Packed, "name" | "tags" | "isStale">): void {
    this.#byName.add(hashOfName(name), at);
    for (const tag of tags) this.#byTag.add(hashOfTag(tag), at);
    this.#size++;
    if (isStale) this.#staleCount++;
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
    this.#staleCount = 0;
    for (const record of records) this.#add(record, new Packed(record).name);
  }
}
