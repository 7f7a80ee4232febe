import type { Call } from "./call.ts";

/** vpcIdOf is the VPC that a call came from, as the API's account knows its endpoint; undefined: from none that it knows. */
export function vpcIdOf({ network, route }: Call): string | undefined {
  const id = network?.vpcEndpointId;
  return id === undefined ? undefined : route?.context.vpcOf(id);
}
