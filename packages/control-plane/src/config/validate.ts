import {
  danglingProblem,
  isApi,
  isReferredFromApis,
  nameOf,
  type Problem,
  problemAt,
  referencesOf,
} from "@tollgate/config";
import { facts } from "../facts.ts";
import type { AccountState, Mirror } from "../mirror/mirror.ts";
import type { KeyIndex } from "../resolve/key-index.ts";
import { kindProblems } from "./kind-checks.ts";
import { takenKeys } from "./validate-keys.ts";
import { checkQuotas } from "./validate-quotas.ts";
import { type ChangeSet, View } from "./view.ts";

/** checkChange reports everything that prevents a change from being stored. It throws if a quota is exceeded. */
export function checkChange(
  { mirror, keys }: { readonly mirror: Mirror; readonly keys: KeyIndex },
  accountId: string,
  state: AccountState,
  change: ChangeSet,
): Problem[] {
  checkQuotas(state, change);
  const view = new View(state, change);
  const dangling = change.puts
    .flatMap(referencesOf)
    .filter(({ to }) => !view.has(nameOf(to)))
    .map(danglingProblem);
  return [
    ...dangling,
    ...kindProblems(change.puts, { accountId, mirror, keys, view }),
    ...takenKeys(view, keys, accountId, change.puts),
    ...leftDangling(view, change),
  ];
}

/** Entities that stay must not refer to deleted ones. */
function leftDangling(view: View, { deletes }: ChangeSet): Problem[] {
  const problems: Problem[] = [];
  const gone = new Set(deletes.map((stored) => stored.name));
  // Entities that do not belong to an API, such as domains, can refer to entities of any API.
  const apis = new Set(deletes.length > 0 ? [""] : []);
  for (const { entity } of deletes) {
    if (!isApi(entity.kind)) apis.add(entity.apiId);
    if (isReferredFromApis(entity.kind)) for (const apiId of view.apis()) apis.add(apiId);
  }
  for (const apiId of apis)
    for (const entity of view.untouchedOf(apiId))
      for (const { to, path } of referencesOf(entity))
        if (gone.has(nameOf(to)))
          problems.push(
            problemAt(
              path,
              facts.STILL_REFERRED_TO({ kind: to.kind, id: to.id, byKind: entity.kind, byId: entity.id }),
            ),
          );
  return problems;
}
