import type { Frozen, Kind } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import { deploymentOf } from "./check-stage.ts";
import { thaw } from "./freeze.ts";
import { Refusal } from "../refusal.ts";

/** frozenEntities is everything that a deployment froze, the API itself first. */
export function frozenEntities(state: AccountState, apiId: string, deploymentId: string): Frozen<Kind>[] {
  const deployment = deploymentOf(state, apiId, deploymentId);
  if (!deployment) throw new Refusal("not-found", "Invalid Deployment identifier specified");
  const { restApi, chunks, definitions } = deployment;
  const entities: Frozen<Kind>[] = [{ kind: "RestApi", id: apiId, spec: restApi }];
  for (const digest of [...chunks, ...definitions])
    entities.push(...thaw(state.chunks.get(`${apiId}/${digest}`) ?? "[]"));
  return entities;
}
