import type { AccountConfig } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";

/** accountConfigOf is what the calls of an account need besides their stage: what the kinds delivered within the account say. */
export function accountConfigOf(accountId: string, state: AccountState): AccountConfig {
  const endpoints = state.list("ServiceEndpoint", "");
  const links = state.list("VpcLink", "");
  return {
    accountId,
    serviceEndpoints: Object.fromEntries(
      endpoints.map(({ id, spec: { url, profile } }) => [id, { url, profile }]),
    ),
    vpcLinks: Object.fromEntries(links.map(({ id, spec }) => [id, spec.targets])),
    throttle: state.find("Account", "", "account")?.spec.throttleSettings,
  };
}
