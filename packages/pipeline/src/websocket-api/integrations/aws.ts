import type { Call } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { describeAction } from "../../upstream/aws-action.ts";
import { AwsService } from "../../upstream/aws-service.ts";
import { type AwsUri, parseAwsUri } from "../../upstream/aws-uri.ts";
import { callUpstream } from "../../upstream/call-upstream.ts";
import type { WholeResponse } from "../../upstream/fetch-whole.ts";
import { errorMessageOf } from "../../upstream/lambda-function.ts";
import { joinQuery } from "../../upstream/query-string.ts";
import { replaceStageVariables } from "../../upstream/upstream-uri.ts";
import type { Payload } from "../../values/payload.ts";
import { compileRequestMapping } from "../mapping/request-mapping.ts";
import {
  type CompiledParameters,
  compileParameters,
  pushMappedHeaders,
} from "../mapping/request-parameters.ts";
import { compileResponses, type IntegrationResult } from "../mapping/responses.ts";
import type { MessageValues } from "../message-values.ts";
import type { BuildInput } from "./build-input.ts";
import { missingUri } from "./missing-uri.ts";

const configurationError = deny("API_CONFIGURATION_ERROR");

function headersOf(
  call: Call,
  values: MessageValues,
  address: AwsUri,
  { headers: mapped, headerNames }: CompiledParameters,
): string[] {
  const headers: string[] = [];
  pushMappedHeaders(headers, mapped, values);
  const { target, contentType } = describeAction(address, "application/json");
  if (target !== undefined && !headerNames.has("x-amz-target")) headers.push("X-Amz-Target", target);
  if (!headerNames.has("content-type")) headers.push("Content-Type", contentType);
  if (!headerNames.has("accept")) headers.push("Accept", "application/json");
  headers.push("X-Amzn-Trace-Id", call.traceHeader());
  return headers;
}

/** Lambda responds with 200 whatever its function did: an error is selected by its message, success by an empty string. */
function lambdaResult({ status, headers, body }: WholeResponse): IntegrationResult {
  if (status !== 200 && status !== 202)
    throw new Refused(configurationError, `Lambda responded with status ${status}`);
  return { selectionValue: errorMessageOf(body), status: 200, headers, body };
}

/** aws calls an AWS service with what is mapped, signed, and maps what comes back. */
export function aws(input: BuildInput): BuildOutcome {
  const { integration, context, ports, at } = input;
  const {
    integrationUri,
    credentialsArn,
    integrationMethod = "POST",
    timeoutInMillis: timeoutMs,
  } = integration;
  if (integrationUri === undefined) return missingUri(integration, at);
  const parameters = compileParameters(integration.requestParameters, context, at);
  const request = compileRequestMapping(input, parameters.ok ? parameters.value.reads : []);
  const responses = compileResponses(input);
  if (!parameters.ok || !request.ok || !responses.ok)
    return {
      ok: false,
      problems: [parameters, request, responses].flatMap((part) => (part.ok ? [] : part.problems)),
    };
  const address = parseAwsUri(replaceStageVariables(integrationUri, context.stageVariables));
  const endpoint = address && context.serviceEndpoint(address.service, address.region);
  if (!address || !endpoint) return { ok: true, integrate: () => configurationError };
  const role = credentialsArn && replaceStageVariables(credentialsArn, context.stageVariables);
  const service = new AwsService({ ...address, role }, endpoint, context, ports);
  const [path = "/", uriQuery = ""] = address.path.split(/\?(.*)/s);
  const method = integrationMethod === "ANY" ? "POST" : integrationMethod;

  const requestOf = async (values: MessageValues, { bytes: body }: Payload) => {
    const { call } = values;
    const query = joinQuery(uriQuery, "", parameters.value.query, values);
    service.begin(call);
    const headers = headersOf(call, values, address, parameters.value);
    const signed = await service.sign(call, { method, path, query, headers, body });
    return { ...signed, method, body, timeoutMs, tls: undefined };
  };

  const isLambda = address.service === "lambda" && path.endsWith("/invocations");
  return {
    ok: true,
    integrate: async (call) => {
      const mapped = await request.map(call);
      const sent = await requestOf(mapped.values, mapped.body);
      const response = await callUpstream(call, ports.transport, sent, sent.uri);
      const { status, headers, body } = response;
      return responses.map(
        call,
        isLambda ? lambdaResult(response) : { selectionValue: String(status), status, headers, body },
      );
    },
  };
}
