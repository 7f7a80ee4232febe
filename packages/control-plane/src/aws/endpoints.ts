import {
  apigateway,
  apigatewayv2,
  CommonError,
  type Endpoint,
  iam,
  jsonEndpoint,
  queryEndpoint,
  restJsonEndpoint,
  sts,
  type WireRequest,
  wafv2,
} from "@tollgate/aws-api";
import { readSignature } from "@tollgate/iam";

/** ENDPOINTS is every service of the HTTP port. Services with longer path prefixes come first. */
const ENDPOINTS: readonly Endpoint[] = [
  queryEndpoint(iam),
  queryEndpoint(sts),
  jsonEndpoint(wafv2),
  restJsonEndpoint(apigatewayv2),
  restJsonEndpoint(apigateway),
];

function signingNameOf(request: WireRequest): string | undefined {
  const claim = readSignature(request);
  return claim.kind === "claimed" ? claim.claimed.service : undefined;
}

/**
 * endpointOf chooses the service of a request: among those whose protocol has the form of the request by the signing name of its
 * credential scope, else by its target header, its Version or its path. Where there is none, `refusal` says so in the form of its protocol.
 */
export function endpointOf(
  request: WireRequest,
  endpoints: readonly Endpoint[] = ENDPOINTS,
): { endpoint: Endpoint; refusal?: CommonError } {
  const possible = endpoints.filter((endpoint) => endpoint.accepts(request));
  const signingName = signingNameOf(request);
  const signed = possible.filter(({ service }) => service.signingName === signingName);
  // Services may share a signing name, as the versions of API Gateway do: then the rest of the request tells.
  const chosen =
    signed.find((endpoint) => endpoint.claims(request)) ??
    signed[0] ??
    possible.find((endpoint) => endpoint.claims(request));
  if (chosen) return { endpoint: chosen };
  const nowhere = possible[0] ?? (endpoints.at(-1) as Endpoint);
  return {
    endpoint: nowhere,
    refusal: new CommonError("unknown-operation", unknownService(request, possible)),
  };
}

function unknownService(request: WireRequest, possible: readonly Endpoint[]): string {
  const isTargeted = request.headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === "x-amz-target");
  if (possible.length === 0 || isTargeted)
    return "the service in X-Amz-Target does not exist or is not supported yet";
  const version = new URLSearchParams(request.body.toString("utf8")).get("Version");
  const served = possible.map(({ service }) => `${service.name} is ${service.version}`).join(", ");
  return `version '${version}' is not supported; ${served}`;
}
