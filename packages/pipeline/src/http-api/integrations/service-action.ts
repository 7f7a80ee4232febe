import type { ServiceEndpointConfig } from "@tollgate/config";
import { isServiceSubtype, type Problem, problemAt } from "@tollgate/config/runtime";
import type { Call } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import { readWholeBody } from "../../call/request-body.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { facts } from "../../engine/facts.ts";
import { AwsService } from "../../upstream/aws-service.ts";
import { callUpstream } from "../../upstream/call-upstream.ts";
import type { WholeResponse } from "../../upstream/fetch-whole.ts";
import { replaceStageVariables } from "../../upstream/upstream-uri.ts";
import { compileResponseMapping, type ResponseMapping } from "../mapping/parameter-mapping.ts";
import { compileSelection, type Selection } from "../mapping/selection-expression.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import { httpHead } from "./proxy-headers.ts";
import { encoders, type Parameters, type ServiceRequest, WrongParameter } from "./service-request.ts";

type Input = BuildInput<IntegrationOf<"AWS_PROXY">>;

const failed = deny("API_CONFIGURATION_ERROR");
const badRequest = deny("DEFAULT_4XX");
const REGION = "Region";
/** What differs from call to call, and so cannot name the region. */
const OF_CALL = /\$\{?(request|context)\./;

/** The parameters of the action, but for its region. */
function compileParameters(
  { integration, context, at }: Input,
  problems: Problem[],
): ReadonlyMap<string, Selection> {
  const parameters = new Map<string, Selection>();
  for (const [name, text] of Object.entries(integration.requestParameters)) {
    const compiled = compileSelection(text, context.stageVariables, false);
    const reason = compiled.ok
      ? name === REGION && OF_CALL.test(text) && "must be the name of a region, or a stage variable"
      : compiled.message;
    if (typeof reason === "string")
      problems.push(
        problemAt(`${at}.requestParameters.${name}`, facts.EXPRESSION_INVALID({ expression: text, reason })),
      );
    else if (compiled.ok && name !== REGION) parameters.set(name, compiled.select);
  }
  return parameters;
}

function regionOf({ integration, context }: Input): string {
  const region = integration.requestParameters[REGION];
  return region === undefined || region === ""
    ? context.region
    : replaceStageVariables(
        region.replace(/^\$stageVariables\.(\w+)$/, "$${stageVariables.$1}"),
        context.stageVariables,
      );
}

/** An endpoint of AWS gets the prefix of the action's host; any other is called as it is. */
function prefixed(endpoint: ServiceEndpointConfig, service: string, prefix = ""): ServiceEndpointConfig {
  return { ...endpoint, url: endpoint.url.replace(`//${service}.`, `//${prefix}${service}.`) };
}

const encoded = (
  encode: (parameters: Parameters) => ServiceRequest,
  parameters: Parameters,
): ServiceRequest => {
  try {
    return encode(parameters);
  } catch (error) {
    if (error instanceof WrongParameter) throw new Refused(badRequest, error.message);
    throw error;
  }
};

/** The service's response as it is; the id of its own request is not passed on. */
function replyOf(
  call: Call,
  { status, headers, body }: WholeResponse,
  mapping: ResponseMapping | undefined,
): Reply {
  const shown = httpHead(call, status, headers).headers;
  const kept = shown.filter(
    (_value, i) => (shown[i - (i % 2)] as string).toLowerCase() !== "x-amzn-requestid",
  );
  const mapped = mapping?.apply(call, status, [...kept], { headers, body });
  return { status: mapped?.status ?? status, headers: mapped?.headers ?? kept, body };
}

/** serviceAction calls an action of an AWS service with parameters that are mapped from the call, and replies the service's response. */
export function serviceAction(input: Input): BuildOutcome {
  const { integration, context, ports, at } = input;
  const {
    integrationSubtype: subtype = "",
    credentialsArn,
    responseParameters,
    timeoutInMillis,
  } = integration;
  const problems: Problem[] = [];
  const parameters = compileParameters(input, problems);
  const mapping = compileResponseMapping(responseParameters, context.stageVariables, at, problems);
  if (problems.length > 0) return { ok: false, problems };
  const encoder = isServiceSubtype(subtype) ? encoders[subtype] : undefined;
  const region = regionOf(input);
  // Only a node knows its defaults, so a missing endpoint is not a problem of the config.
  const endpoint = encoder && context.serviceEndpoint(encoder.service, region);
  if (!encoder || !endpoint) return { ok: true, integrate: () => failed };
  const { service: name, hostPrefix, encode } = encoder;
  const role = credentialsArn && replaceStageVariables(credentialsArn, context.stageVariables);
  const service = new AwsService(
    { service: name, region, subdomain: "", role },
    prefixed(endpoint, name, hostPrefix),
    context,
    ports,
  );
  return {
    ok: true,
    integrate: async (call) => {
      await readWholeBody(call);
      const values = [...parameters].map(
        ([parameter, select]) => [parameter, select(call, undefined)] as const,
      );
      const { target, contentType, ...request } = encoded(encode, Object.fromEntries(values));
      const body = Buffer.from(request.body);
      service.begin(call);
      const headers = [
        ...(target === undefined ? [] : ["X-Amz-Target", target]),
        ...(contentType === undefined ? [] : ["Content-Type", contentType]),
        "X-Amzn-Trace-Id",
        call.traceHeader(),
      ];
      const signed = await service.sign(call, { ...request, headers, body });
      const { method } = request;
      const sent = {
        ...signed,
        method,
        body: method === "GET" ? undefined : body,
        timeoutMs: timeoutInMillis,
        tls: undefined,
      };
      const response = await callUpstream(call, ports.transport, sent, sent.uri);
      return replyOf(call, response, mapping);
    },
  };
}
