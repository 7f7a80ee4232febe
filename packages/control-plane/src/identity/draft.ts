import type { Draft, Stored } from "@tollgate/aws-api";
import type { Kind, SpecOf } from "@tollgate/config";

/** changed returns a draft of a stored entity with other members. */
export const changed = <K extends Kind>({ entity }: Stored<K>, members: Partial<SpecOf<K>>): Draft => ({
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
