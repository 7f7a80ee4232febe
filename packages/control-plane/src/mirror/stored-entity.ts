import {
  canonicalJson,
  deferSecrets,
  digestOf,
  type Entity,
  type EntityRef,
  isKindOf,
  type Kind,
  nameOf,
  parseManifest,
} from "@tollgate/config";
import type { Secrets, StoreEntry } from "../store/store.ts";

/** StoredEntity is an entity as it is stored. */
export interface StoredEntity<K extends Kind = Kind> {
  readonly entity: Entity<K>;
  readonly name: string;
  readonly modRevision: number;
  /** When it was first and last written; 0: unknown. */
  readonly createdUnixMs: number;
  readonly updatedUnixMs: number;
  /** SHA-256 of the canonical spec. */
  readonly digest: string;
  /** Canonical JSON of the spec. */
  readonly specJson: string;
}

/** Written says when an entity was first and last written. */
type Written = Pick<StoredEntity, "createdUnixMs" | "updatedUnixMs">;

/** ENTITY_FORMAT is the format of stored values. Increase it when a kind gets a member with a default that older values lack. */
export const ENTITY_FORMAT = 4;
/** The first format in which deployments of REST APIs say whether they came with a change. */
const MARKED_FORMAT = 4;
/** The description by which older formats recognized automatic deployments. */
const UNMARKED_DESCRIPTION = "Automatic deployment";

/** encodeEntity returns the value under which an entity is stored. */
export const encodeEntity = ({ labels, spec }: Entity, { createdUnixMs, updatedUnixMs }: Written): string =>
  canonicalJson({ format: ENTITY_FORMAT, labels, spec, createdUnixMs, updatedUnixMs });

/** Adds the members that values of older versions lack. */
function upgraded(entity: Entity, format: number): Entity {
  const parsed = parseManifest(entity, 0);
  if (!parsed.ok) return entity;
  const { value } = parsed;
  if (format >= MARKED_FORMAT || !isKindOf(value, "Deployment")) return value;
  const autoDeployed = value.spec.description === UNMARKED_DESCRIPTION;
  return { ...value, spec: { ...value.spec, autoDeployed } } as Entity;
}

/** Most entities have none: one object is enough for all of them. */
const NO_LABELS: Entity["labels"] = Object.freeze({});

/** There may be a million API keys: what few of them are asked for is not kept. */
class Stored implements StoredEntity {
  readonly entity: Entity;
  readonly name: string;
  readonly modRevision: number;
  readonly createdUnixMs: number;
  readonly updatedUnixMs: number;
  #digest: string | undefined;

  constructor(entity: Entity, name: string, modRevision: number, written: Written) {
    this.entity = entity;
    this.name = name;
    this.modRevision = modRevision;
    this.createdUnixMs = written.createdUnixMs;
    this.updatedUnixMs = written.updatedUnixMs;
  }

  get specJson(): string {
    return canonicalJson(this.entity.spec);
  }

  get digest(): string {
    return (this.#digest ??= digestOf(this.specJson));
  }
}

const drafts = new WeakMap<Entity, StoredEntity>();

/** draftEntity is an entity that is not stored yet, in the form of stored ones. Its spec is serialized and hashed only once. */
export function draftEntity(entity: Entity): StoredEntity {
  const known = drafts.get(entity);
  if (known) return known;
  const specJson = canonicalJson(entity.spec);
  const unwritten = { modRevision: 0, createdUnixMs: 0, updatedUnixMs: 0 };
  const draft = { entity, name: nameOf(entity), ...unwritten, digest: digestOf(specJson), specJson };
  drafts.set(entity, draft);
  return draft;
}

/** StoredJson is a stored value. */
export type StoredJson = Pick<Entity, "labels" | "spec"> & Partial<Written> & { readonly format?: number };

function fromJson(
  ref: EntityRef,
  { format = 1, labels, spec, createdUnixMs = 0, updatedUnixMs = 0 }: StoredJson,
  modRevision: number,
): StoredEntity {
  const stored: Entity = { ...ref, labels: Object.keys(labels).length === 0 ? NO_LABELS : labels, spec };
  const entity = format === ENTITY_FORMAT ? stored : upgraded(stored, format);
  return new Stored(entity, nameOf(ref), modRevision, { createdUnixMs, updatedUnixMs });
}

/** decodeEntity is the inverse of encodeEntity, for values of any version. */
export const decodeEntity = (
  ref: EntityRef,
  { value, modRevision }: Pick<StoreEntry, "value" | "modRevision">,
): StoredEntity => fromJson(ref, JSON.parse(value) as StoredJson, modRevision);

/** decodeSealed does the same for a parsed value whose secrets are sealed. They are opened, in place, when they are first read. */
export function decodeSealed(
  ref: EntityRef,
  key: string,
  stored: StoredJson,
  modRevision: number,
  secrets: Secrets,
): StoredEntity {
  deferSecrets(ref.kind, stored.spec, (sealed, path) => secrets.open(sealed, `${key}.${path.join(".")}`));
  return fromJson(ref, stored, modRevision);
}
