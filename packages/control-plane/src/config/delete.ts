import { isKindOf, nameOf } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { DeleteRequest } from "@tollgate/proto/control";
import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import type { Application } from "../application.ts";
import { autoDeploy } from "../deployment/auto-deploy.ts";
import type { AccountState, StoredEntity } from "../mirror/mirror.ts";
import { checkMayWrite } from "./permissions.ts";
import { checkChange } from "./validate.ts";
import { accountOf, refOf, toProtoEntity } from "./wire.ts";

/** cascade adds to entities what goes with them: the children of an API. */
export function cascade(state: AccountState, selected: readonly StoredEntity[]): StoredEntity[] {
  const all = new Map(selected.map((stored) => [stored.name, stored]));
  for (const { entity } of selected)
    if (entity.kind === "RestApi") for (const child of state.ofApi(entity.id)) all.set(child.name, child);
  return [...all.values()];
}

/** orphanedChunks are the chunk keys that no deployment needs any more. */
export function orphanedChunks(state: AccountState, deletes: readonly StoredEntity[]): string[] {
  const gone = new Set(deletes.map((stored) => stored.name));
  const orphans = new Set<string>();
  for (const { entity } of deletes)
    if (isKindOf(entity, "Deployment"))
      for (const digest of [...entity.spec.chunks, ...entity.spec.definitions])
        orphans.add(`${entity.restApiId}/${digest}`);
  for (const { entity, name } of state.entities.values())
    if (isKindOf(entity, "Deployment") && !gone.has(name))
      for (const digest of [...entity.spec.chunks, ...entity.spec.definitions])
        orphans.delete(`${entity.restApiId}/${digest}`);
  return [...orphans].map((key) => `chunks/${key}`);
}

/** deleteEntity is ConfigService.Delete. */
export async function deleteEntity(application: Application, request: DeleteRequest, operator: Operator) {
  const { writer, mirror, keys } = application;
  const accountId = accountOf(request.accountId);
  const ref = refOf(request);
  checkMayWrite(operator, [ref]);
  const { revision, result, written } = await writer.run({
    accountId,
    decide: (state) => {
      const stored = state.entities.get(nameOf(ref));
      if (!stored) throw new RpcError(RpcCode.NOT_FOUND, `there is no ${ref.kind} '${ref.id}'`);
      const deletes = cascade(state, [stored]);
      const problems = checkChange({ mirror, keys }, accountId, state, { puts: [], deletes });
      if (problems.length > 0)
        throw new RpcError(RpcCode.FAILED_PRECONDITION, "nothing was deleted", problems);
      return { puts: [], deletes, otherDeletes: orphanedChunks(state, deletes), result: deletes };
    },
  });
  const deployed = await autoDeploy(application, accountId, written);
  return {
    revision: BigInt(deployed.revision || revision),
    deleted: result.map((stored) => toProtoEntity(stored)),
  };
}
