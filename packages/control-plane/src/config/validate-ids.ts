import { apiKinds, nameOf, type Entity } from "@tollgate/config";
import type { Mirror } from "../mirror/mirror.ts";
import type { View } from "./view.ts";

/** isOfAnother tells whether another account has an entity of a name that is one of all accounts: it is what a call names. */
export function isOfAnother(mirror: Mirror, ref: Entity, except: string): boolean {
  for (const [accountId, state] of mirror.accounts)
    if (accountId !== except && state.entities.has(nameOf(ref))) return true;
  return false;
}

/** isTaken tells whether a call that names the API could mean another: one of another account, or of another kind. */
export function isTaken(mirror: Mirror, view: View, { kind, id }: Entity, accountId: string): boolean {
  const names = apiKinds.map((one) => nameOf({ kind: one, apiId: "", id }));
  const own = nameOf({ kind, apiId: "", id });
  for (const [other, state] of mirror.accounts)
    if (other !== accountId && names.some((name) => state.entities.has(name))) return true;
  return names.some((name) => name !== own && view.has(name));
}
