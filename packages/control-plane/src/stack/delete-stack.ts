import type { Operator } from "@tollgate/proto/access";
import type { DeleteStackRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { accountOf, toProtoChange } from "../config/wire.ts";
import { Refusal } from "../refusal.ts";
import { leftBehind, ownedBy, stacksOf } from "./stack-entities.ts";
import { exportProblems } from "./stack-exports.ts";

/** deleteStack implements StackService.DeleteStack. */
export async function deleteStack(application: Application, request: DeleteStackRequest, operator: Operator) {
  const accountId = accountOf(request.accountId);
  const { name, dryRun } = request;
  const outcome = await changeAccount(application, {
    accountId,
    asker: operator,
    dryRun,
    want: (state) => {
      const stack = state.find("Stack", "", name);
      if (!stack) throw new Refusal("not-found", `the stack '${name}' does not exist`);
      const problems = exportProblems(stacksOf(state), name, {});
      if (problems.length > 0) throw new Refusal("failed-precondition", "nothing was deleted", problems);
      const { released, deletes } = leftBehind(state, ownedBy(state, name));
      return { entities: released, deletes: [...deletes, stack] };
    },
  });
  const { changes, revision } = toProtoChange(application.mirror.account(accountId), outcome, dryRun);
  return { changes, revision };
}
