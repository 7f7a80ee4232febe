import { type Entity, kindRule } from "@tollgate/config";

const keptOf = ({ kind }: Entity): readonly string[] => kindRule(kind).keptMembers ?? [];

/** withKept is an entity with the members that control planes write as they are stored, where it leaves them out. */
export function withKept(entity: Entity, stored: Entity | undefined): Entity {
  const kept = keptOf(entity).filter((name) => !Object.hasOwn(entity.spec, name));
  if (kept.length === 0 || !stored) return entity;
  const before: Readonly<Record<string, unknown>> = stored.spec;
  const members = kept.filter((name) => before[name] !== undefined).map((name) => [name, before[name]]);
  return { ...entity, spec: { ...entity.spec, ...Object.fromEntries(members) } } as Entity;
}

/**
 * withoutKept is an entity without the members that control planes write. What an operator says of them is not taken: whoever writes what nodes prove to
 * an authority gets certificates for the names of others. It is no error, so that the output of `get` can be applied.
 */
export function withoutKept(entity: Entity): Entity {
  const kept = new Set(keptOf(entity));
  if (kept.size === 0) return entity;
  const members = Object.entries(entity.spec).filter(([name]) => !kept.has(name));
  return { ...entity, spec: Object.fromEntries(members) } as Entity;
}
