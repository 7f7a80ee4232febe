import { nameOf } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { GetRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";
import { checkMaySeeSecrets } from "./permissions.ts";
import { accountOf, refOf, toProtoEntity } from "./wire.ts";

/** get is ConfigService.Get. */
export async function get({ mirror }: Application, request: GetRequest, operator: Operator) {
  checkMaySeeSecrets(operator, request.includeSecrets);
  const ref = refOf(request);
  const stored = mirror.account(accountOf(request.accountId)).entities.get(nameOf(ref));
  if (!stored)
    throw new Refusal(
      "not-found",
      `${ref.kind} '${ref.id}' does not exist${ref.apiId ? ` in API '${ref.apiId}'` : ""}`,
    );
  return { entity: toProtoEntity(stored, { withSecrets: request.includeSecrets }) };
}
