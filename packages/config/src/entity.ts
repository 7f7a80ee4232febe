import { type Kind, kindNames, kindRule, type SpecOf } from "./kind.ts";

/** Entity is one configured thing. Its name is its key in the store below the account. */
export interface Entity<K extends Kind = Kind> {
  readonly kind: K;
  /** Id of the API that it belongs to, of any protocol; empty for kinds of the account. */
  readonly apiId: string;
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: SpecOf<K>;
}

/** EntityRef names an entity. */
export type EntityRef = Pick<Entity, "kind" | "apiId" | "id">;

/** The collections in the names of a kind, such as "restapis" and "resources". */
function collectionsOf(kind: Kind): readonly string[] {
  const { collection, parent } = kindRule(kind);
  return parent ? [parent.collection, collection] : [collection];
}

/** nameOf is the entity's name: AWS's path of it, such as "restapis/abcdefghij/resources/a1b2c3". */
export function nameOf({ kind, apiId, id }: EntityRef): string {
  const [first, second] = collectionsOf(kind);
  return second === undefined ? `${first}/${id}` : `${first}/${apiId}/${second}/${id}`;
}

const kindByCollections = new Map(kindNames.map((kind) => [collectionsOf(kind).join("/"), kind]));

/** parseName is the inverse of nameOf; undefined if it is not the name of an entity. */
export function parseName(name: string): EntityRef | undefined {
  // There may be a million names of this form.
  const slash = name.indexOf("/");
  if (slash === name.lastIndexOf("/")) {
    const kind = kindByCollections.get(slash < 0 ? name : name.slice(0, slash));
    return kind && { kind, apiId: "", id: slash < 0 ? "" : name.slice(slash + 1) };
  }
  const [first = "", second = "", third = "", fourth] = name.split("/");
  if (fourth !== undefined) {
    const kind = kindByCollections.get(`${first}/${third}`);
    if (kind) return { kind, apiId: second, id: fourth };
  }
  const kind = kindByCollections.get(first);
  // Names of alarms may have slashes.
  return kind && { kind, apiId: "", id: name.slice(first.length + 1) };
}

/** isKindOf narrows an entity to its kind. */
export function isKindOf<K extends Kind>(entity: Entity, kind: K): entity is Entity<K> {
  return entity.kind === kind;
}
