import {
  canonicalJson,
  digestOf,
  isKindOf,
  nameOf,
  parseManifest,
  parseName,
  type Entity,
} from "@tollgate/config";
import type { StoreEntry } from "../store/store.ts";

/** StoredEntity is an entity as the store has it. */
export interface StoredEntity {
  readonly entity: Entity;
  readonly name: string;
  readonly modRevision: number;
  /** When it was first and last written; 0: not known. */
  readonly createdUnixMs: number;
  readonly updatedUnixMs: number;
  /** SHA-256 of the canonical spec. */
  readonly digest: string;
  /** Canonical JSON of the spec. */
  readonly specJson: string;
}

/** Written is when an entity was first and last written. */
type Written = Pick<StoredEntity, "createdUnixMs" | "updatedUnixMs">;

/** Format of stored values. Raised when a kind gets a member that older values lack and that has a default. */
const FORMAT = 4;
/** The first format in which deployments of REST APIs say whether they came with a change. */
const MARKED_FORMAT = 4;
/** What a deployment that came with a change was described as, and known by, in older formats. */
const UNMARKED_DESCRIPTION = "Automatic deployment";

/** encodeEntity is the value that an entity is stored as. */
export const encodeEntity = ({ labels, spec }: Entity, { createdUnixMs, updatedUnixMs }: Written): string =>
  canonicalJson({ format: FORMAT, labels, spec, createdUnixMs, updatedUnixMs });

/** What an older version stored gets the members that it lacks. */
function upgraded(entity: Entity, format: number): Entity {
  const parsed = parseManifest(entity, 0);
  if (!parsed.ok) return entity;
  const { value } = parsed;
  if (format >= MARKED_FORMAT || !isKindOf(value, "Deployment")) return value;
  const autoDeployed = value.spec.description === UNMARKED_DESCRIPTION;
  return { ...value, spec: { ...value.spec, autoDeployed } } as Entity;
}

/** storedEntity is an entity with what is known of it. */
function storedEntity(entity: Entity, modRevision: number, written: Written): StoredEntity {
  const specJson = canonicalJson(entity.spec);
  return { entity, name: nameOf(entity), modRevision, ...written, digest: digestOf(specJson), specJson };
}

const drafts = new WeakMap<Entity, StoredEntity>();

/** draftEntity is an entity that is not stored yet, in the form of those that are. Its spec is written and hashed once, however often it is asked for. */
export function draftEntity(entity: Entity): StoredEntity {
  const known = drafts.get(entity);
  if (known) return known;
  const draft = storedEntity(entity, 0, { createdUnixMs: 0, updatedUnixMs: 0 });
  drafts.set(entity, draft);
  return draft;
}

/** decodeEntity is the inverse of encodeEntity, for values of any version; undefined: the name is not an entity's. */
export function decodeEntity(name: string, { value, modRevision }: StoreEntry): StoredEntity | undefined {
  const ref = parseName(name);
  if (!ref) return undefined;
  const {
    format = 1,
    labels,
    spec,
    createdUnixMs = 0,
    updatedUnixMs = 0,
  } = JSON.parse(value) as Pick<Entity, "labels" | "spec"> & Partial<Written> & { format?: number };
  const stored: Entity = { ...ref, labels, spec };
  const entity = format === FORMAT ? stored : upgraded(stored, format);
  return storedEntity(entity, modRevision, { createdUnixMs, updatedUnixMs });
}
