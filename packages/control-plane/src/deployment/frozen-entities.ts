import type { Frozen, Kind } from "@tollgate/config";
import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import type { AccountState } from "../mirror/mirror.ts";
import { deploymentOf } from "./check-stage.ts";
import { thaw } from "./freeze.ts";

/** frozenEntities is everything that a deployment froze, the API itself first. */
export function frozenEntities(state: AccountState, apiId: string, deploymentId: string): Frozen<Kind>[] {
  const deployment = deploymentOf(state, apiId, deploymentId);
  if (!deployment) throw new RpcError(RpcCode.NOT_FOUND, "Invalid Deployment identifier specified");
  const { restApi, chunks, definitions } = deployment;
  const entities: Frozen<Kind>[] = [{ kind: "RestApi", id: apiId, spec: restApi }];
  for (const digest of [...chunks, ...definitions])
    entities.push(...thaw(state.chunks.get(`${apiId}/${digest}`) ?? "[]"));
  return entities;
}
