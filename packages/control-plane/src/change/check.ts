import {
  canonicalJson,
  danglingProblem,
  type Entity,
  isApi,
  isNumerous,
  isReferredFromApis,
  type Kind,
  nameOf,
  type Problem,
  problemAt,
  referencesOf,
  refersToAny,
} from "@tollgate/config";
import { kindProblems } from "../config/kind-checks.ts";
import { checkMayWrite } from "../config/permissions.ts";
import { takenKeys } from "../config/validate-keys.ts";
import { checkQuotas } from "../config/validate-quotas.ts";
import { type ChangeSet, View } from "../config/view.ts";
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

/** Written entities must not refer to what does not exist. */
const danglingProblems = (view: View, { puts }: ChangeSet): Problem[] =>
  puts
    .flatMap(referencesOf)
    .filter(({ to, or }) => !view.has(nameOf(to)) && !(or && view.has(nameOf(or))))
    .map(danglingProblem);

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
  const kinds = new Set(deletes.map(({ entity }) => entity.kind));
  const mayRefer = (kind: Kind) => !isNumerous(kind) || refersToAny(kind, kinds);
  for (const apiId of apis)
    for (const entity of view.untouchedOf(apiId, mayRefer))
      for (const { to, or, path } of referencesOf(entity)) {
        const found = [to, or].find((ref) => ref && gone.has(nameOf(ref)));
        if (found) {
          const by = { byKind: entity.kind, byId: entity.id };
          problems.push(problemAt(path, facts.STILL_REFERRED_TO({ kind: found.kind, id: found.id, ...by })));
        }
      }
  return problems;
}

/** check reports everything that prevents a change from being stored. It throws if a quota is exceeded. */
export function check(
  context: Pick<ChangeContext, "accountId" | "region" | "ordersCertificates" | "state" | "mirror" | "keys">,
  change: Pick<ExpandedChange, "puts" | "deletes" | "outcomes" | "deployments">,
): readonly Problem[] {
  const { accountId, region, ordersCertificates, state, mirror, keys } = context;
  checkQuotas(state, change);
  const view = new View(state, change);
  const made = new Set<Entity | undefined>(change.deployments);
  return [
    ...deploymentProblems(change.outcomes.filter(({ after }) => !made.has(after))),
    ...danglingProblems(view, change),
    ...kindProblems(change.puts, { accountId, region, ordersCertificates, mirror, keys, view }),
    ...takenKeys(view, keys, accountId, change.puts),
    ...leftDangling(view, change),
  ];
}
