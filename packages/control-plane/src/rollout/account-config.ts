import type { AccountConfig } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";

/** accountConfigOf returns what the calls of an account need besides their stage, from the kinds that are delivered within the account. */
export function accountConfigOf(accountId: string, state: AccountState): AccountConfig {
  const endpoints = state.list("ServiceEndpoint", "");
  const links = state.list("VpcLink", "");
  const vpcEndpoints = state.list("VpcEndpoint", "");
  const associations = state.list("DomainNameAccessAssociation", "");
  return {
    accountId,
    serviceEndpoints: Object.fromEntries(
      endpoints.map(({ id, spec: { url, profile } }) => [id, { url, profile }]),
    ),
    vpcLinks: Object.fromEntries(links.map(({ id, spec }) => [id, spec.targets])),
    samplingRules: state.list("SamplingRule", "").map(({ id, spec }) => ({ ...spec, name: id })),
    ...(vpcEndpoints.length === 0
      ? {}
      : { vpcEndpoints: Object.fromEntries(vpcEndpoints.map(({ id, spec }) => [id, spec.vpcId])) }),
    ...(associations.length === 0
      ? {}
      : {
          accessAssociations: Object.fromEntries(
            [...Map.groupBy(associations, ({ spec }) => spec.domainName)].map(([domain, of]) => [
              domain,
              of.map(({ spec }) => spec.accessAssociationSource),
            ]),
          ),
        }),
    throttle: state.find("Account", "", "account")?.spec.throttleSettings,
  };
}
