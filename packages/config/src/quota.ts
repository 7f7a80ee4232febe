import type { EntityPart, KindDefinition } from "./define-kind.ts";

/** quotaNamesOf are the names of the quotas that kinds count against. */
export const quotaNamesOf = (kinds: readonly KindDefinition[]): readonly string[] => [
  ...new Set(kinds.flatMap(({ quota, counts = [] }) => (quota === undefined ? counts : [quota, ...counts]))),
];

/** QuotaUse is how much of one quota an entity uses. */
export interface QuotaUse {
  readonly name: string;
  /** The API that the quota belongs to; empty: the account. */
  readonly apiId: string;
  readonly count: number;
}

/** quotaUsesOf lists the quotas that an entity of a kind uses. */
export function quotaUsesOf({ quota, counts = [] }: KindDefinition, entity: EntityPart): readonly QuotaUse[] {
  const own = quota === undefined ? [] : [{ name: quota, apiId: entity.apiId, count: 1 }];
  const spec = entity.spec as Readonly<Record<string, unknown>>;
  const members = counts.map((name) => ({
    name,
    apiId: entity.id,
    count: Object.keys(spec[name] ?? {}).length,
  }));
  return [...own, ...members];
}
