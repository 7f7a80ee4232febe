import type { Operator } from "@tollgate/proto/access";
import type { DeleteRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { Refusal } from "../refusal.ts";
import { accountOf, refOf, toProtoEntity } from "./wire.ts";

/** deleteEntity implements ConfigService.Delete. */
export async function deleteEntity(application: Application, request: DeleteRequest, operator: Operator) {
  const ref = refOf(request);
  const { revision, entities } = await changeAccount(application, {
    accountId: accountOf(request.accountId),
    asker: operator,
    want: () => ({ deletes: [ref] }),
    refusal: (problems) => new Refusal("failed-precondition", "nothing was deleted", problems),
  });
  return {
    revision: BigInt(revision),
    deleted: entities.flatMap(({ action, before }) =>
      action === "deleted" && before ? [toProtoEntity(before)] : [],
    ),
  };
}
