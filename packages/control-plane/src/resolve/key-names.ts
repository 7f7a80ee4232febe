import { type Entity, kindRule } from "@tollgate/config";

/** keyNamesOf returns the names by which an entity is resolved. */
export const keyNamesOf = (accountId: string, entity: Entity | undefined): readonly string[] =>
  (entity && kindRule(entity.kind).keyNames?.(accountId, entity)) ?? [];
