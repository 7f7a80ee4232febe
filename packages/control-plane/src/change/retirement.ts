import { accountSpecOf } from "../config/validate-quotas.ts";
import type { View } from "../config/view.ts";
import type { AnyDeployment, AnyStage } from "../deployment/deployment-kind.ts";
import { deploymentKindOf, isAnyDeployment, isAnyStage } from "../deployment/deployment-kinds.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";

const quotaOf = (state: AccountState): number =>
  accountSpecOf(state)?.quotas?.deployments ?? Number.POSITIVE_INFINITY;

/**
 * exceededQuota is the account's quota of deployments where one more of an API cannot fit, even if all unused automatic ones are retired;
 * undefined: it fits. `stages` are the API's stages as they are to be, `asked` is how many deployments are made besides.
 */
export function exceededQuota(
  state: AccountState,
  deployments: readonly AnyDeployment[],
  { stages, asked }: { readonly stages: readonly AnyStage[]; readonly asked: number },
): number | undefined {
  const quota = quotaOf(state);
  const used = new Set(stages.flatMap((stage) => deploymentKindOf(stage).deploymentIdsOf(stage)));
  const kept = deployments.filter(({ id, spec }) => !spec.autoDeployed || used.has(id));
  return kept.length + asked + 1 > quota ? quota : undefined;
}

/** How many automatic deployments without a stage are kept per API, for rollbacks. */
const KEPT = 20;

/**
 * retiredWith returns the automatic deployments that are deleted with a change that moves stages of these APIs: all unused ones except the
 * newest, and even some of those if the account's quota requires it.
 */
export function retiredWith(state: AccountState, after: View, apiIds: ReadonlySet<string>): StoredEntity[] {
  const quota = quotaOf(state);
  return [...apiIds].flatMap((apiId) => {
    const entities = [...after.entitiesOf(apiId)];
    const used = new Set(
      entities.filter(isAnyStage).flatMap((stage) => deploymentKindOf(stage).deploymentIdsOf(stage)),
    );
    const unused = state
      .ofApi(apiId)
      .filter(
        ({ entity, name }) =>
          isAnyDeployment(entity) &&
          entity.spec.autoDeployed &&
          !used.has(entity.id) &&
          after.isUntouched(name),
      )
      .sort((a, b) => b.modRevision - a.modRevision);
    const beyondQuota = entities.filter(isAnyDeployment).length - quota;
    return unused.slice(Math.max(0, Math.min(KEPT, unused.length - beyondQuota)));
  });
}
