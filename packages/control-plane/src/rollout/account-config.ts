import type { AccountConfig } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";

/** accountConfigOf returns what the calls of an account need besides their stage, from the kinds that are delivered within the account. */
export function accountConfigOf(accountId: string, state: AccountState): AccountConfig {
  const endpoints = state.list("ServiceEndpoint", "");
  const links = state.list("VpcLink", "");
  return {
    accountId,
    serviceEndpoints: Object.fromEntries(
      endpoints.map(({ id, spec: { url, profile } }) => [id, { url, profile }]),
    ),
    vpcLinks: Object.fromEntries(links.map(({ id, spec }) => [id, spec.targets])),
    samplingRules: state.list("SamplingRule", "").map(({ id, spec }) => ({ ...spec, name: id })),
    throttle: state.find("Account", "", "account")?.spec.throttleSettings,
  };
}
