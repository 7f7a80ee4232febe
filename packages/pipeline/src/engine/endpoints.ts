import type { AccountConfig } from "@tollgate/config";
import type { RouteContext } from "../call/route-context.ts";
import type { Ports } from "./ports.ts";

/** endpointsOf finds what an account's integrations name: AWS services and VPC links. */
export function endpointsOf(
  account: AccountConfig | undefined,
  ports: Ports,
): Pick<RouteContext, "serviceEndpoint" | "vpcLink"> {
  const endpoints = account?.serviceEndpoints ?? {};
  const links = account?.vpcLinks ?? {};
  const defaultEndpoint = (service: string, region: string) => {
    const url = ports.defaultServiceEndpoints(service, region);
    return url === undefined ? undefined : { url, profile: undefined };
  };
  return {
    serviceEndpoint: (service, region) =>
      endpoints[`${service}.${region}`] ?? endpoints[`${service}.*`] ?? defaultEndpoint(service, region),
    vpcLink: (id) => (Object.hasOwn(links, id) ? links[id] : undefined),
  };
}

/** anyStageVariable is used where stage variables are not known yet: each exists. */
export const anyStageVariable = new Proxy<Record<string, string>>({}, { get: () => "x" });
