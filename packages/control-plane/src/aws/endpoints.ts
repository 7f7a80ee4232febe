import {
  apigateway,
  CommonError,
  iam,
  queryEndpoint,
  restJsonEndpoint,
  sts,
  type Endpoint,
  type WireRequest,
} from "@tollgate/aws-api";
import { readSignature } from "@tollgate/iam";

/** ENDPOINTS is every service of the HTTP port. Services with longer path prefixes come first. */
const ENDPOINTS: readonly Endpoint[] = [queryEndpoint(iam), queryEndpoint(sts), restJsonEndpoint(apigateway)];

function signingNameOf(request: WireRequest): string | undefined {
  const claim = readSignature(request);
  return claim.kind === "claimed" ? claim.claimed.service : undefined;
}

/**
 * endpointOf chooses the service of a request: among those whose protocol has the form of the request by the signing name of its
 * credential scope, else by its target header, its Version or its path. Where there is none, `refusal` says so in the form of its protocol.
 */
export function endpointOf(request: WireRequest): { endpoint: Endpoint; refusal?: CommonError } {
  const possible = ENDPOINTS.filter((endpoint) => endpoint.accepts(request));
  const signingName = signingNameOf(request);
  const chosen =
    possible.find(({ service }) => service.signingName === signingName) ??
    possible.find((endpoint) => endpoint.claims(request));
  if (chosen) return { endpoint: chosen };
  const nowhere = possible[0] ?? (ENDPOINTS.at(-1) as Endpoint);
  return {
    endpoint: nowhere,
    refusal: new CommonError("unknown-operation", unknownService(request, possible)),
  };
}

function unknownService(request: WireRequest, possible: readonly Endpoint[]): string {
  if (possible.length === 0) return "the service in X-Amz-Target does not exist or is not supported yet";
  const version = new URLSearchParams(request.body.toString("utf8")).get("Version");
  const served = possible.map(({ service }) => `${service.name} is ${service.version}`).join(", ");
  return `version '${version}' is not supported; ${served}`;
}
