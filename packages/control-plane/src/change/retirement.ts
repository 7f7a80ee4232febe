import { accountSpecOf } from "../config/validate-quotas.ts";
import type { View } from "../config/view.ts";
import { deploymentKindOf, isAnyDeployment, isAnyStage } from "../deployment/deployment-kinds.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";

/** How many automatic deployments without a stage are kept per API, for rollbacks. */
const KEPT = 20;

/**
 * retiredWith returns the automatic deployments that are deleted with a change that moves stages of these APIs: all unused ones except the
 * newest, and even some of those if the account's quota requires it.
 */
export function retiredWith(state: AccountState, after: View, apiIds: ReadonlySet<string>): StoredEntity[] {
  const quota = accountSpecOf(state)?.quotas?.deployments ?? Number.POSITIVE_INFINITY;
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
