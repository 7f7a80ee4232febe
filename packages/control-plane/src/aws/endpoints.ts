import {
  acm,
  apigateway,
  apigatewayv2,
  CommonError,
  cborEndpoint,
  type Endpoint,
  iam,
  isPostToRoot,
  jsonEndpoint,
  logs,
  monitoring,
  queryEndpoint,
  restJsonEndpoint,
  shapedQueryEndpoint,
  sts,
  type WireRequest,
  wafv2,
  xray,
} from "@tollgate/aws-api";
import { readSignature } from "@tollgate/iam";

/** ENDPOINTS is every service of the HTTP port. Services with longer path prefixes come first. */
const ENDPOINTS: readonly Endpoint[] = [
  queryEndpoint(iam),
  queryEndpoint(sts),
  jsonEndpoint(wafv2),
  jsonEndpoint(acm),
  jsonEndpoint(logs),
  cborEndpoint(monitoring),
  jsonEndpoint({ ...monitoring, jsonVersion: "1.0", targetPrefix: monitoring.shapeName }),
  shapedQueryEndpoint(monitoring),
  restJsonEndpoint(xray),
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
  const isServed = endpoints.some(({ service }) => service.signingName === signingName);
  const claimed = possible.find((endpoint) => endpoint.claims(request));
  // A form or a target names its service by itself; a path does not.
  if (signingName !== undefined && !isServed && !(claimed && isPostToRoot(request)))
    return unserved(signingName, possible, endpoints);
  const signed = possible.filter(({ service }) => service.signingName === signingName);
  // Services may share a signing name, as the versions of API Gateway do: then the rest of the request tells.
  const chosen = signed.find((endpoint) => endpoint.claims(request)) ?? signed[0] ?? claimed;
  if (chosen) return { endpoint: chosen };
  const nowhere = possible[0] ?? (endpoints.at(-1) as Endpoint);
  return {
    endpoint: nowhere,
    refusal: new CommonError("unknown-operation", unknownService(request, possible)),
  };
}

/** Services whose clients read XML, although their requests have paths. */
const REST_XML = new Set(["cloudfront", "route53", "s3"]);

/** The names of services in the settings of AWS's clients, where their signing names are others. */
const SETTINGS: Readonly<Record<string, string>> = {
  elasticloadbalancing: "ELASTIC_LOAD_BALANCING_V2",
  events: "EVENTBRIDGE",
  states: "SFN",
};

/** The refusal of a service that is not served here, in the protocol of its client. */
function unserved(name: string, possible: readonly Endpoint[], endpoints: readonly Endpoint[]) {
  const inForm = REST_XML.has(name) ? endpoints.find(({ service }) => service.name === "iam") : possible[0];
  const setting = `AWS_ENDPOINT_URL_${SETTINGS[name] ?? name.replaceAll(/\W/g, "_").toUpperCase()}`;
  return {
    endpoint: inForm ?? (endpoints.at(-1) as Endpoint),
    refusal: new CommonError(
      "unknown-operation",
      `the service '${name}' is not served by Tollgate: set ${setting} to where it is, or call AWS for it`,
    ),
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
