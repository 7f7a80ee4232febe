import type { Kind, SpecOf } from "@tollgate/config";
import type { EntityDraft } from "../change/accounts.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";

/** changed returns a draft of a stored entity with other members. */
export const changed = <K extends Kind>(
  { entity }: StoredEntity<K>,
  members: Partial<SpecOf<K>>,
): EntityDraft => ({
  kind: entity.kind,
  apiId: "",
  id: entity.id,
  spec: { ...entity.spec, ...members },
});

/** given leaves out undefined members, which get their defaults or keep their values. */
export const given = <T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
