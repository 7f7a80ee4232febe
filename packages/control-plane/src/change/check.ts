import { problemAt, canonicalJson, type Entity, type Kind, type Problem } from "@tollgate/config";
import { checkMayWrite } from "../config/permissions.ts";
import { checkChange } from "../config/validate.ts";
import { isAnyDeployment } from "../deployment/deployment-kinds.ts";
import type { ChangeContext, ExpandedChange } from "./expanded-change.ts";
import type { Asker, EntityOutcome } from "./wanted-change.ts";
import { facts } from "../facts.ts";

/** checkAsker refuses what an operator's roles do not allow. */
export function checkAsker(asker: Asker, entities: Iterable<{ readonly kind: Kind }>): void {
  if (asker !== "allowed") checkMayWrite(asker, entities);
}

/** What an entity's deployment froze; its description and labels are not part of that. */
const frozenJson = ({ spec }: Entity): string => canonicalJson({ ...spec, description: "" });

/** Deployments are immutable: one may be in a request as it is, so that what `get` printed can be applied, or with another description. */
function deploymentProblems(outcomes: readonly EntityOutcome[]): Problem[] {
  return outcomes.flatMap(({ before, after }) =>
    isAnyDeployment(after) && (!before || frozenJson(before.entity) !== frozenJson(after))
      ? [problemAt(`${after.kind}/${after.id}`, facts.DEPLOYMENT_IMMUTABLE())]
      : [],
  );
}

/** check reports everything that keeps a change from being stored, and refuses one beyond a quota. */
export function check(context: ChangeContext, change: ExpandedChange): readonly Problem[] {
  const { accountId, state } = context;
  const made = new Set<Entity | undefined>(change.deployments);
  return [
    ...deploymentProblems(change.outcomes.filter(({ after }) => !made.has(after))),
    ...checkChange(context, accountId, state, change),
  ];
}
