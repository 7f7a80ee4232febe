import type { Call } from "../call.ts";
import { deny, Refused } from "../errors.ts";
import { logEndpointAnswer, logEndpointRequest } from "../execution-log.ts";
import { readRequestOverrides, replaceHeaders } from "../mapping/overrides.ts";
import { compileRequestMapping, type MappedRequest } from "../mapping/request-mapping.ts";
import {
  compileParameters,
  joinQuery,
  pushMappedHeaders,
  type CompiledParameters,
} from "../mapping/request-parameters.ts";
import { compileResponses } from "../mapping/responses.ts";
import type { Reply } from "../reply.ts";
import { failureReply, logFailure } from "./failure.ts";
import { fetchWhole, headerOf } from "./fetch-whole.ts";
import type { BuildInput, BuildOutcome, IntegrationOf } from "./registry.ts";
import { compileEndpoint } from "./upstream-endpoint.ts";
import { compileUri } from "./upstream-uri.ts";

const brokenMapping = deny("API_CONFIGURATION_ERROR");
const unreachable = deny("API_CONFIGURATION_ERROR");
const invalidUri = deny("DEFAULT_5XX");
/** Methods that an integration sends without a body. */
export const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** http calls an upstream with what is mapped and nothing else, and maps what comes back. */
export function http({ integration, context, ports, at }: BuildInput<IntegrationOf<"HTTP">>): BuildOutcome {
  const parameters = compileParameters(integration.requestParameters, context, at);
  const request = compileRequestMapping(integration, context, at);
  const responses = compileResponses(integration.integrationResponses, context, at);
  const endpoint = compileEndpoint(integration, context, at);
  const uri = compileUri(integration.uri, context.stageVariables, {
    path: parameters.ok ? parameters.value.path : new Map(),
    overridable: request.ok && request.overridesPath,
    at,
  });
  if (!parameters.ok || !request.ok || !responses.ok || !uri.ok || !endpoint.ok)
    return {
      ok: false,
      problems: [parameters, request, responses, uri, endpoint].flatMap((part) =>
        part.ok ? [] : part.problems,
      ),
    };
  if (parameters.value.broken) return { ok: true, integrate: () => brokenMapping };
  const { query } = parameters.value;

  const send = async (call: Call, mapped: MappedRequest): Promise<Reply> => {
    const overrides = readRequestOverrides(call.overrides);
    const target = uri.resolve(mapped.values, overrides.path);
    if (!target) {
      call.log?.fail("Execution failed due to configuration error: Invalid endpoint address");
      throw new Refused(invalidUri, "the URI is invalid");
    }
    const at_ = endpoint.endpointOf(target.origin);
    if (!at_) throw new Refused(unreachable, "the VPC link has no targets");
    const method = integration.httpMethod === "ANY" ? call.method : integration.httpMethod;
    const headers = replaceHeaders(
      requestHeaders(call, context.restApiId, method, parameters.value, mapped),
      overrides.headers,
    );
    if (at_.host !== undefined && !parameters.value.headerNames.has("host")) headers.push("Host", at_.host);
    const queryString = joinQuery(target.query, "", query, mapped.values, overrides.query);
    const path = queryString === "" ? target.path : `${target.path}?${queryString}`;
    const body = BODILESS.has(method) ? undefined : mapped.body;
    logEndpointRequest(call, `${target.origin}${path}`, headers, body);
    call.beginIntegration(performance.now(), target.origin);
    const answer = await fetchWhole(ports.transport, {
      origin: at_.origin,
      path,
      method,
      headers,
      body: typeof body === "string" ? Buffer.from(body) : body,
      timeoutMs: integration.timeoutInMillis,
      tls: at_.tls,
    });
    if (typeof answer === "string") {
      call.endIntegration(performance.now(), failureReply[answer].status);
      logFailure(call, answer);
      return failureReply[answer];
    }
    call.endIntegration(performance.now(), answer.status);
    logEndpointAnswer(call, answer.status, answer.headers, answer.body);
    const header = headerOf(answer.headers);
    const reply = responses.map(
      call,
      {
        selectionValue: String(answer.status),
        status: answer.status,
        header,
        contentType: header("Content-Type").at(-1) ?? header("content-type").at(-1) ?? "",
        body: answer.body,
      },
      mapped.values,
    );
    return { ...reply, headers: [...reply.headers, "X-Amzn-Trace-Id", call.traceHeader()] };
  };
  return { ok: true, integrate: async (call) => send(call, await request.map(call)) };
}

/** Headers of an HTTP integration: those that are mapped, and AWS's own where no mapping sets them. */
function requestHeaders(
  call: Call,
  restApiId: string,
  method: string,
  { headers: mapped, headerNames }: CompiledParameters,
  { values }: MappedRequest,
): string[] {
  const headers: string[] = [];
  pushMappedHeaders(headers, mapped, values);
  if (!headerNames.has("accept")) headers.push("Accept", "application/json");
  if (!headerNames.has("content-type") && !BODILESS.has(method))
    headers.push("Content-Type", call.contentType || "application/json");
  if (!headerNames.has("user-agent")) headers.push("User-Agent", `AmazonAPIGateway_${restApiId}`);
  headers.push("X-Amzn-Apigateway-Api-Id", restApiId, "X-Amzn-Trace-Id", call.traceHeader());
  return headers;
}
