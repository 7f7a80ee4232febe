import { nameOf } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { DeleteRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { autoDeploy } from "../deployment/auto-deploy.ts";
import { cascade, orphanedChunks } from "./cascade.ts";
import { checkMayWrite } from "./permissions.ts";
import { checkChange } from "./validate.ts";
import { accountOf, refOf, toProtoEntity } from "./wire.ts";
import { Refusal } from "../refusal.ts";

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
      if (!stored) throw new Refusal("not-found", `there is no ${ref.kind} '${ref.id}'`);
      const deletes = cascade(state, [stored]);
      const problems = checkChange({ mirror, keys }, accountId, state, { puts: [], deletes });
      if (problems.length > 0) throw new Refusal("failed-precondition", "nothing was deleted", problems);
      return { puts: [], deletes, otherDeletes: orphanedChunks(state, deletes), result: deletes };
    },
  });
  const deployed = await autoDeploy(application, accountId, written);
  return {
    revision: BigInt(deployed.revision || revision),
    deleted: result.map((stored) => toProtoEntity(stored)),
  };
}
