import { isApi, isKindOf } from "@tollgate/config";
import type { AccountState, StoredEntity } from "../mirror/mirror.ts";

/** cascade adds to entities what goes with them: the children of an API. */
export function cascade(state: AccountState, selected: readonly StoredEntity[]): StoredEntity[] {
  const all = new Map(selected.map((stored) => [stored.name, stored]));
  for (const { entity } of selected)
    if (isApi(entity.kind)) for (const child of state.ofApi(entity.id)) all.set(child.name, child);
  return [...all.values()];
}

/** orphanedChunks are the chunk keys that no deployment needs any more. */
export function orphanedChunks(state: AccountState, deletes: readonly StoredEntity[]): string[] {
  const gone = new Set(deletes.map((stored) => stored.name));
  const orphans = new Set<string>();
  for (const { entity } of deletes)
    if (isKindOf(entity, "Deployment"))
      for (const digest of [...entity.spec.chunks, ...entity.spec.definitions])
        orphans.add(`${entity.apiId}/${digest}`);
  for (const { entity, name } of state.entities.values())
    if (isKindOf(entity, "Deployment") && !gone.has(name))
      for (const digest of [...entity.spec.chunks, ...entity.spec.definitions])
        orphans.delete(`${entity.apiId}/${digest}`);
  return [...orphans].map((key) => `chunks/${key}`);
}
