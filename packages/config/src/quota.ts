import type { EntityPart, KindDefinition } from "./define-kind.ts";

/** quotaNamesOf are the quotas that kinds count for. */
export const quotaNamesOf = (kinds: readonly KindDefinition[]): readonly string[] => [
  ...new Set(kinds.flatMap(({ quota, counts = [] }) => (quota === undefined ? counts : [quota, ...counts]))),
];

/** QuotaUse is what one entity takes of one quota. */
export interface QuotaUse {
  readonly name: string;
  /** The API whose quota it is; empty: the account's. */
  readonly apiId: string;
  readonly count: number;
}

/** quotaUsesOf is what an entity of a kind takes of quotas. */
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
