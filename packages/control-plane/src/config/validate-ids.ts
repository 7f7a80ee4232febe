import { apiKinds, type Entity, nameOf } from "@tollgate/config";
import type { Mirror } from "../mirror/mirror.ts";
import type { View } from "./view.ts";

/** isOfAnother says whether another account has an entity with a name that must be unique across accounts, because calls contain it. */
export function isOfAnother(mirror: Mirror, ref: Entity, except: string): boolean {
  for (const [accountId, state] of mirror.accounts)
    if (accountId !== except && state.entities.has(nameOf(ref))) return true;
  return false;
}

/** isTaken says whether the id of an API is ambiguous in calls: an API of another account or another kind has the same id. */
export function isTaken(mirror: Mirror, view: View, { kind, id }: Entity, accountId: string): boolean {
  const names = apiKinds.map((one) => nameOf({ kind: one, apiId: "", id }));
  const own = nameOf({ kind, apiId: "", id });
  for (const [other, state] of mirror.accounts)
    if (other !== accountId && names.some((name) => state.entities.has(name))) return true;
  return names.some((name) => name !== own && view.has(name));
}
