import type { Call } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { callUpstream } from "../../upstream/call-upstream.ts";
import { headerOf } from "../../upstream/fetch-whole.ts";
import { joinQuery } from "../../upstream/query-string.ts";
import { compileEndpoint, type EndpointOf } from "../../upstream/upstream-endpoint.ts";
import type { ResolveUri } from "../../upstream/upstream-uri.ts";
import { restStateOf } from "../call-state.ts";
import { readRequestOverrides, replaceHeaders } from "../mapping/overrides.ts";
import { compileRequestMapping, type MappedRequest } from "../mapping/request-mapping.ts";
import {
  type CompiledParameters,
  compileParameters,
  pushMappedHeaders,
  upgradeOf,
} from "../mapping/request-parameters.ts";
import { compileResponses } from "../mapping/responses.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import { compileIntegrationUri } from "./uri.ts";

const brokenMapping = deny("API_CONFIGURATION_ERROR");
const unreachable = deny("API_CONFIGURATION_ERROR");
const invalidUri = deny("DEFAULT_5XX");
/** Methods that an integration sends without a body. */
export const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** http calls an upstream with what is mapped and nothing else, and maps what comes back. */
export function http({ integration, context, ports, at }: BuildInput<IntegrationOf<"HTTP">>): BuildOutcome {
  const parameters = compileParameters(integration.requestParameters, context, at);
  const request = compileRequestMapping(integration, context, ports);
  const responses = compileResponses(integration.integrationResponses, context, ports, at);
  const endpoint = compileEndpoint(
    { ...integration, clientCertificateId: context.clientCertificateId },
    context,
    at,
  );
  const uri = compileIntegrationUri(
    integration.uri,
    context,
    {
      path: parameters.ok ? parameters.value.path : new Map(),
      overridable: request.overridesPath,
    },
    at,
  );
  if (!parameters.ok || !responses.ok || !uri.ok || !endpoint.ok)
    return {
      ok: false,
      problems: [parameters, responses, uri, endpoint].flatMap((part) => (part.ok ? [] : part.problems)),
    };
  if (parameters.value.broken) return { ok: true, integrate: () => brokenMapping };
  const target: Target = {
    integration,
    parameters: parameters.value,
    resolve: uri.resolve,
    endpointOf: endpoint.endpointOf,
    apiId: context.apiId,
  };
  return {
    ok: true,
    integrate: async (call) => {
      const mapped = await request.map(call);
      const { request: sent, shown } = requestOf(target, call, mapped);
      const { status, headers, body } = await callUpstream(call, ports.transport, sent, shown);
      const response = { selectionValue: String(status), status, ...describe(headers), body };
      return withTraceHeader(call, await responses.map(call, response, mapped.values));
    },
  };
}

/** Target is where calls are sent to, and how. */
interface Target {
  readonly integration: IntegrationOf<"HTTP">;
  readonly parameters: CompiledParameters;
  readonly resolve: ResolveUri;
  readonly endpointOf: EndpointOf;
  readonly apiId: string;
}

/** The upstream's request for a mapped call, and its URL as the log shows it. */
function requestOf(
  { integration, parameters, resolve, endpointOf, apiId }: Target,
  call: Call,
  mapped: MappedRequest,
) {
  const overrides = readRequestOverrides(restStateOf(call)?.overrides);
  const uri = resolve(mapped.values, overrides.path);
  if (!uri) {
    call.log?.fail("Execution failed due to configuration error: Invalid endpoint address");
    throw new Refused(invalidUri, "the URI is invalid");
  }
  const reached = endpointOf(uri.origin);
  if (!reached) throw new Refused(unreachable, "the VPC link has no targets");
  const method = integration.httpMethod === "ANY" ? call.method : integration.httpMethod;
  const body = BODILESS.has(method) ? undefined : Buffer.from(mapped.body);
  call.beginIntegration(performance.now(), reached.origin);
  const headers = requestHeaders(call, apiId, body, parameters, mapped);
  if (reached.host !== undefined && !parameters.headerNames.has("host")) headers.push("Host", reached.host);
  const queryString = joinQuery(uri.query, "", parameters.query, mapped.values, overrides.query);
  const path = queryString === "" ? uri.path : `${uri.path}?${queryString}`;
  const request = {
    origin: reached.origin,
    path,
    method,
    headers: replaceHeaders(headers, overrides.headers),
    body,
    upgrade: upgradeOf(parameters, mapped.values),
    timeoutMs: integration.timeoutInMillis,
    tls: reached.tls,
    isServiceCall: false,
  };
  return { request, shown: `${uri.origin}${path}` };
}

/** withTraceHeader shows the client the trace that its call was part of; what the gateway itself replies does not. */
export const withTraceHeader = (call: Call, reply: Reply): Reply =>
  reply.refusal ? reply : { ...reply, headers: [...reply.headers, "X-Amzn-Trace-Id", call.traceHeader()] };

/** describe makes the headers of a response readable by name, and finds its media type. */
export function describe(headers: readonly string[]) {
  const header = headerOf(headers);
  return { header, contentType: header("Content-Type").at(-1) ?? header("content-type").at(-1) ?? "" };
}

/** Headers of an HTTP integration: those that are mapped, and AWS's own where no mapping sets them. */
function requestHeaders(
  call: Call,
  apiId: string,
  body: Buffer | undefined,
  { headers: mapped, headerNames }: CompiledParameters,
  { values }: MappedRequest,
): string[] {
  const headers: string[] = [];
  pushMappedHeaders(headers, mapped, values);
  if (!headerNames.has("accept")) headers.push("Accept", "application/json");
  if (body?.length && !headerNames.has("content-type"))
    headers.push("Content-Type", call.contentType || "application/json");
  if (!headerNames.has("user-agent")) headers.push("User-Agent", `AmazonAPIGateway_${apiId}`);
  headers.push("X-Amzn-Apigateway-Api-Id", apiId, "X-Amzn-Trace-Id", call.traceHeader());
  return headers;
}
