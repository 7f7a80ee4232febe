import type { View } from "../config/view.ts";
import { deploymentKindOf, isAnyDeployment, isAnyStage } from "../deployment/deployment-kinds.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";

/** Of an API's automatic deployments that no stage points at so many stay, to go back to. */
const KEPT = 20;

/** retiredWith are the automatic deployments that go with a change that moves stages of these APIs: all that are unused but the newest. */
export function retiredWith(state: AccountState, after: View, apiIds: ReadonlySet<string>): StoredEntity[] {
  return [...apiIds].flatMap((apiId) => {
    const used = new Set<string>();
    for (const entity of after.entitiesOf(apiId))
      if (isAnyStage(entity)) for (const id of deploymentKindOf(entity).deploymentIdsOf(entity)) used.add(id);
    return state
      .ofApi(apiId)
      .filter(
        ({ entity, name }) =>
          isAnyDeployment(entity) &&
          entity.spec.autoDeployed &&
          !used.has(entity.id) &&
          after.isUntouched(name),
      )
      .sort((a, b) => b.modRevision - a.modRevision)
      .slice(KEPT);
  });
}
