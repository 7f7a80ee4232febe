import { canonicalJson, type Entity, type Kind, type Problem, problemAt } from "@tollgate/config";
import { checkMayWrite } from "../config/permissions.ts";
import { checkChange } from "../config/validate.ts";
import { isAnyDeployment } from "../deployment/deployment-kinds.ts";
import { facts } from "../facts.ts";
import type { ChangeContext, ExpandedChange } from "./expanded-change.ts";
import type { Asker, EntityOutcome } from "./wanted-change.ts";

/** checkAsker refuses changes that an operator's roles do not allow. */
export function checkAsker(asker: Asker, entities: Iterable<{ readonly kind: Kind }>): void {
  if (asker !== "allowed") checkMayWrite(asker, entities);
}

/** The frozen content of a deployment, without its description and labels, which may change. */
const frozenJson = ({ spec }: Entity): string => canonicalJson({ ...spec, description: "" });

/** Deployments are immutable. A request may contain a deployment unchanged, so that the output of `get` can be applied, or with another description. */
function deploymentProblems(outcomes: readonly EntityOutcome[]): Problem[] {
  return outcomes.flatMap(({ before, after }) =>
    isAnyDeployment(after) && (!before || frozenJson(before.entity) !== frozenJson(after))
      ? [problemAt(`${after.kind}/${after.id}`, facts.DEPLOYMENT_IMMUTABLE())]
      : [],
  );
}

/** check reports everything that prevents a change from being stored. It throws if a quota is exceeded. */
export function check(context: ChangeContext, change: ExpandedChange): readonly Problem[] {
  const { accountId, state } = context;
  const made = new Set<Entity | undefined>(change.deployments);
  return [
    ...deploymentProblems(change.outcomes.filter(({ after }) => !made.has(after))),
    ...checkChange(context, accountId, state, change),
  ];
}
