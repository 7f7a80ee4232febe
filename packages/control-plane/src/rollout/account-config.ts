import { isKindOf, nameOf, type AccountConfig } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";

/** accountConfigOf is what the calls of an account need besides their stage. */
export function accountConfigOf(accountId: string, state: AccountState): AccountConfig {
  const serviceEndpoints: Record<string, AccountConfig["serviceEndpoints"][string]> = {};
  const vpcLinks: Record<string, readonly string[]> = {};
  for (const { entity } of state.ofApi("")) {
    if (isKindOf(entity, "ServiceEndpoint"))
      serviceEndpoints[entity.id] = { url: entity.spec.url, profile: entity.spec.profile };
    if (isKindOf(entity, "VpcLink")) vpcLinks[entity.id] = entity.spec.targets;
  }
  const account = state.entities.get(nameOf({ kind: "Account", apiId: "", id: "account" }))?.entity;
  const throttle = account && isKindOf(account, "Account") ? account.spec.throttleSettings : undefined;
  return { accountId, serviceEndpoints, vpcLinks, throttle };
}
