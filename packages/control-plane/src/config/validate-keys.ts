import { type Entity, isKindOf, nameOf, type Problem, problemAt } from "@tollgate/config";
import { facts } from "../facts.ts";
import type { KeyIndex } from "../resolve/key-index.ts";
import { keyNamesOf } from "../resolve/key-names.ts";
import type { View } from "./view.ts";

const describe = ({ kind, id }: Entity) => `${kind} '${id}'`;

/** The problem for a key that is already in use, at its value or its access key id, which is the end of its name. */
function takenProblem(entity: Entity, name: string, holder: Entity): Problem {
  const at = `${entity.kind}/${entity.id}`;
  if (isKindOf(entity, "ApiKey"))
    return problemAt(`${at}.value`, facts.API_KEY_TAKEN({ holder: describe(holder) }));
  const member = isKindOf(entity, "User") ? `accessKeys.${name.split("/")[1]}` : "id";
  return problemAt(`${at}.${member}`, facts.ACCESS_KEY_ID_TAKEN());
}

/** takenKeys reports keys that other entities have. A key must identify one entity, because callers send nothing else. */
export function takenKeys(view: View, keys: KeyIndex, accountId: string, puts: readonly Entity[]): Problem[] {
  const problems: Problem[] = [];
  const claimed = new Map<string, Entity>();
  for (const entity of puts)
    for (const name of keyNamesOf(accountId, entity)) {
      const stored = keys.find(name);
      // Entities that the same change writes or deletes do not count as owners.
      const holder =
        stored && (stored.accountId !== accountId || view.isUntouched(nameOf(stored.entity)))
          ? stored.entity
          : claimed.get(name);
      if (!holder) claimed.set(name, entity);
      else problems.push(takenProblem(entity, name, holder));
    }
  return problems;
}

/** plansOfKey reports stages that belong to more than one plan of a key. */
export function plansOfKey(view: View, key: Entity<"ApiKey">): Problem[] {
  const planByStage = new Map<string, string>();
  return key.spec.usagePlanIds.flatMap((id, i) => {
    const plan = view.find("UsagePlan", "", id);
    if (!plan) return [];
    return plan.spec.apiStages.flatMap(({ apiId, stage }) => {
      const other = planByStage.get(`${apiId}:${stage}`);
      planByStage.set(`${apiId}:${stage}`, id);
      return other === undefined
        ? []
        : [
            problemAt(
              `ApiKey/${key.id}.usagePlanIds[${i}]`,
              facts.PLANS_SHARE_STAGE({ one: other, other: id, stage: `${apiId}:${stage}` }),
            ),
          ];
    });
  });
}

/** plansOfUntouchedKeys checks keys that a change does not write, but whose plans it writes, because a plan may get another stage. */
export function plansOfUntouchedKeys(view: View, written: readonly Entity<"UsagePlan">[]): Problem[] {
  const plans = new Set(written.map(({ id }) => id));
  return view
    .list("ApiKey", "")
    .filter((key) => view.isUntouched(nameOf(key)) && key.spec.usagePlanIds.some((id) => plans.has(id)))
    .flatMap((key) => plansOfKey(view, key));
}
