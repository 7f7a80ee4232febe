import { isApi } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";

/** cascade adds to deleted entities what is deleted with them: the children of an API. */
export function cascade(state: AccountState, selected: readonly StoredEntity[]): StoredEntity[] {
  const all = new Map(selected.map((stored) => [stored.name, stored]));
  for (const { entity } of selected)
    if (isApi(entity.kind)) for (const child of state.ofApi(entity.id)) all.set(child.name, child);
  return [...all.values()];
}
