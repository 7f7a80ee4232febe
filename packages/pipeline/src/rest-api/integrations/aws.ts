import type { Call } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { describeAction } from "../../upstream/aws-action.ts";
import { AwsService } from "../../upstream/aws-service.ts";
import { type AwsUri, parseAwsUri } from "../../upstream/aws-uri.ts";
import { callUpstream } from "../../upstream/call-upstream.ts";
import { headerOf, type WholeResponse } from "../../upstream/fetch-whole.ts";
import { errorMessageOf } from "../../upstream/lambda-function.ts";
import { joinQuery } from "../../upstream/query-string.ts";
import { replaceStageVariables } from "../../upstream/upstream-uri.ts";
import { restStateOf } from "../call-state.ts";
import { type RequestOverrides, readRequestOverrides, replaceHeaders } from "../mapping/overrides.ts";
import { compileRequestMapping, type MappedRequest } from "../mapping/request-mapping.ts";
import {
  BREAKING_FOR_AWS,
  type CompiledParameters,
  compileParameters,
  pushMappedHeaders,
} from "../mapping/request-parameters.ts";
import { compileResponses, type IntegrationResult } from "../mapping/responses.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import { BODILESS, describe, withTraceHeader } from "./http.ts";
import { compileIntegrationUri } from "./uri.ts";

const configurationError = deny("API_CONFIGURATION_ERROR");

const NOTHING = Buffer.alloc(0);

/** aws calls an AWS service with what is mapped, signed, and maps what comes back. */
export function aws({ integration, context, ports, at }: BuildInput<IntegrationOf<"AWS">>): BuildOutcome {
  const parameters = compileParameters(integration.requestParameters, context, at, BREAKING_FOR_AWS);
  const request = compileRequestMapping(integration, context, ports);
  const responses = compileResponses(integration.integrationResponses, context, ports, at);
  const address = parseAwsUri(replaceStageVariables(integration.uri, context.stageVariables));
  // What follows path/ is a URI like any other, at a host that only the account's endpoints know.
  const uri = compileIntegrationUri(
    `http://service${address?.path ?? "/"}`,
    context,
    {
      path: parameters.ok ? parameters.value.path : new Map(),
      overridable: request.overridesPath,
    },
    at,
  );
  if (!parameters.ok || !responses.ok || !uri.ok)
    return {
      ok: false,
      problems: [parameters, responses, uri].flatMap((part) => (part.ok ? [] : part.problems)),
    };
  const endpoint = address && context.serviceEndpoint(address.service, address.region);
  if (!address || !endpoint || parameters.value.broken)
    return { ok: true, integrate: () => configurationError };
  const role =
    integration.credentials && replaceStageVariables(integration.credentials, context.stageVariables);
  const service = new AwsService({ ...address, role }, endpoint, context, ports);
  const isLambda = address.service === "lambda" && address.path.endsWith("/invocations");

  const requestOf = async (call: Call, mapped: MappedRequest) => {
    const overrides = readRequestOverrides(restStateOf(call)?.overrides);
    const target = uri.resolve(mapped.values, overrides.path);
    if (!target) throw new Refused(configurationError, "the URI is invalid");
    const method = integration.httpMethod === "ANY" ? call.method : integration.httpMethod;
    const bodiless = BODILESS.has(method);
    const body = bodiless ? NOTHING : Buffer.from(mapped.body);
    const query = joinQuery(target.query, "", parameters.value.query, mapped.values, overrides.query);
    service.begin(call);
    const headers = requestHeaders(call, address, {
      parameters: parameters.value,
      mapped,
      overrides,
      bodiless,
    });
    const signed = await service.sign(call, { method, path: target.path, query, headers, body });
    const timeoutMs = integration.timeoutInMillis;
    return { ...signed, method, body: bodiless ? undefined : body, timeoutMs, tls: undefined };
  };

  return {
    ok: true,
    integrate: async (call) => {
      const mapped = await request.map(call);
      const sent = await requestOf(call, mapped);
      const response = await callUpstream(call, ports.transport, sent, sent.uri);
      const given = isLambda ? lambdaResponse(response) : serviceResponse(response, address);
      return withTraceHeader(call, await responses.map(call, given, mapped.values));
    },
  };
}

interface Parts {
  readonly parameters: CompiledParameters;
  readonly mapped: MappedRequest;
  readonly overrides: RequestOverrides;
  readonly bodiless: boolean;
}

function requestHeaders(
  call: Call,
  address: AwsUri,
  { parameters, mapped, overrides, bodiless }: Parts,
): string[] {
  const headers: string[] = [];
  pushMappedHeaders(headers, parameters.headers, mapped.values);
  const isSet = (name: string) => parameters.headerNames.has(name) || overrides.headers.has(name);
  const { target, contentType } = describeAction(address, call.contentType || "application/json");
  if (target !== undefined && !isSet("x-amz-target")) headers.push("X-Amz-Target", target);
  if (!isSet("content-type") && !bodiless) headers.push("Content-Type", contentType);
  if (!isSet("accept")) headers.push("Accept", "application/json");
  headers.push("X-Amzn-Trace-Id", call.traceHeader());
  return replaceHeaders(headers, overrides.headers).filter(
    (_value, i, all) => (all[i - (i % 2)] as string).toLowerCase() !== "referer",
  );
}

/** Lambda responds with 200 whatever its function did: an error is selected by its message, success by an empty string. */
function lambdaResponse({ status, headers, body }: WholeResponse): IntegrationResult {
  if (status !== 200 && status !== 202)
    throw new Refused(configurationError, `Lambda responded with status ${status}`);
  const selectionValue = errorMessageOf(body);
  return { selectionValue, status: 200, header: headerOf(headers), contentType: "application/json", body };
}

function serviceResponse(
  { status, headers, body }: WholeResponse,
  { service, action }: AwsUri,
): IntegrationResult {
  const wrapped = service === "ssm" && action !== undefined && status < 300 ? wrap(body, action) : body;
  return { selectionValue: String(status), status, ...describe(headers), body: wrapped };
}

/** AWS responds to actions of the Systems Manager in the form of its query protocol. */
const wrap = (body: Buffer, action: string): Buffer =>
  Buffer.from(`{"${action}Response":{"${action}Result":${body.toString("utf8") || "{}"}}}`);
