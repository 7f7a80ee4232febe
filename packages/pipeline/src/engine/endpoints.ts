import type { AccountConfig } from "@tollgate/config";
import type { RouteContext } from "../call/route-context.ts";
import type { Ports } from "./ports.ts";

/** The name in the ARN of a load balancer, of its listener, or of a service of Cloud Map. */
function nameIn(resource: string): string {
  const [type = "", ...path] = resource.split("/");
  return (type === "service" ? path[0] : path[1]) ?? "";
}

/** endpointsOf finds what an account's integrations name: AWS services, VPC links, and what is behind them. */
export function endpointsOf(
  account: AccountConfig | undefined,
  ports: Ports,
): Pick<RouteContext, "serviceEndpoint" | "vpcLink" | "privateTarget" | "vpcOf"> {
  const endpoints = account?.serviceEndpoints ?? {};
  const defaultEndpoint = (service: string, region: string) => {
    const url = ports.defaultServiceEndpoints(service, region);
    return url === undefined ? undefined : { url, profile: undefined };
  };
  const serviceEndpoint = (service: string, region: string) =>
    endpoints[`${service}.${region}`] ?? endpoints[`${service}.*`] ?? defaultEndpoint(service, region);
  const privateTarget = (arn: string): string | undefined => {
    const [, , service = "", region = "", , resource = ""] = arn.split(":");
    const url = serviceEndpoint(service, region)?.url.replaceAll("{name}", nameIn(resource));
    return url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
  };
  const links = new Map(
    Object.entries(account?.vpcLinks ?? {}).map(([id, targets]) => [
      id,
      targets.flatMap((target) => (target.startsWith("arn:") ? (privateTarget(target) ?? []) : target)),
    ]),
  );
  const vpcs = new Map(Object.entries(account?.vpcEndpoints ?? {}));
  return { serviceEndpoint, vpcLink: (id) => links.get(id), vpcOf: (id) => vpcs.get(id), privateTarget };
}

/** anyStageVariable is used where stage variables are not known yet: each exists. */
export const anyStageVariable = new Proxy<Record<string, string>>({}, { get: () => "x" });
