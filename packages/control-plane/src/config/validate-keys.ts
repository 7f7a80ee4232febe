import { isKindOf, nameOf, type Entity, type Problem } from "@tollgate/config";
import { keyNamesOf, type KeyIndex } from "../resolve/key-index.ts";
import type { View } from "./view.ts";

const describe = ({ kind, id }: Entity) => `${kind} '${id}'`;

/** A key belongs to one entity: it is all that a caller shows. */
function takenKeys(view: View, keys: KeyIndex, accountId: string, puts: readonly Entity[]): Problem[] {
  const problems: Problem[] = [];
  const claimed = new Map<string, Entity>();
  for (const entity of puts)
    for (const name of keyNamesOf(accountId, entity)) {
      const stored = keys.find(name);
      // What is written or deleted in the same change does not keep it.
      const holder =
        stored && (stored.accountId !== accountId || view.isUntouched(nameOf(stored.entity)))
          ? stored.entity
          : claimed.get(name);
      if (!holder) claimed.set(name, entity);
      else if (isKindOf(entity, "ApiKey"))
        problems.push({
          path: `ApiKey/${entity.id}.value`,
          message: `API Key already exists: ${describe(holder)} has this value`,
        });
      else
        problems.push({
          path: isKindOf(entity, "User")
            ? `User/${entity.id}.accessKeys.${name.split("/")[1]}`
            : `${entity.kind}/${entity.id}.id`,
          message: "is taken: an access key id is one of all users and accounts",
        });
    }
  return problems;
}

/** A key reaches a stage through one plan. */
function plansOfKey(view: View, key: Entity<"ApiKey">): Problem[] {
  const planByStage = new Map<string, string>();
  return key.spec.usagePlanIds.flatMap((id, i) => {
    const plan = view.get(nameOf({ kind: "UsagePlan", apiId: "", id }));
    if (!plan || !isKindOf(plan, "UsagePlan")) return [];
    return plan.spec.apiStages.flatMap(({ apiId, stage }) => {
      const other = planByStage.get(`${apiId}:${stage}`);
      planByStage.set(`${apiId}:${stage}`, id);
      return other === undefined
        ? []
        : [
            {
              path: `ApiKey/${key.id}.usagePlanIds[${i}]`,
              message: `plans '${other}' and '${id}' both have stage ${apiId}:${stage}: a key can have one of them`,
            },
          ];
    });
  });
}

/** keyProblems tells what is wrong with keys and plans of a change. */
export function keyProblems(
  view: View,
  keys: KeyIndex,
  accountId: string,
  puts: readonly Entity[],
): Problem[] {
  const problems = takenKeys(view, keys, accountId, puts);
  const plans = new Set(puts.filter((entity) => entity.kind === "UsagePlan").map(({ id }) => id));
  for (const entity of puts) {
    if (isKindOf(entity, "ApiKey")) problems.push(...plansOfKey(view, entity));
  }
  if (plans.size === 0) return problems;
  // A plan that takes up a stage meets keys that are not in the change.
  for (const entity of view.untouchedOf(""))
    if (isKindOf(entity, "ApiKey") && entity.spec.usagePlanIds.some((id) => plans.has(id)))
      problems.push(...plansOfKey(view, entity));
  return problems;
}
