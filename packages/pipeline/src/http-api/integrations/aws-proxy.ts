import type { Problem } from "@tollgate/config";
import type { Call } from "../../call/call.ts";
import { pathWithStage } from "../../call/call-paths.ts";
import { deny } from "../../call/errors.ts";
import { readWholeBody } from "../../call/request-body.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { callUpstream } from "../../upstream/call-upstream.ts";
import { LambdaFunction, noteFunction } from "../../upstream/lambda-function.ts";
import { replaceStageVariables } from "../../upstream/upstream-uri.ts";
import { buildHttpEvent, type ShownRequest } from "../event.ts";
import {
  compileRequestMapping,
  compileResponseMapping,
  type RequestMapping,
} from "../mapping/parameter-mapping.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import { parseFunctionResponse } from "./function-response.ts";

const failed = deny("API_CONFIGURATION_ERROR");
const FUNCTION_ARN = /^arn:(aws[a-z-]*):lambda:([a-z0-9-]+):/;

/** invocationUri is the URI by which a function is invoked, of its ARN or of that URI itself. */
function invocationUri(uri: string, variables: Readonly<Record<string, string>>): string {
  const arn = replaceStageVariables(uri, variables);
  const [, partition, region] = FUNCTION_ARN.exec(arn) ?? [];
  return partition === undefined
    ? arn
    : `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
}

/** What a mapping leaves of a request: the function sees it so. */
function shownBy(call: Call, mapping: RequestMapping): ShownRequest {
  const path = pathWithStage(call);
  const mapped = { headers: [...call.headers], query: call.query, path };
  mapping.apply(call, mapped);
  return { ...mapped, path: mapped.path === path ? undefined : mapped.path };
}

/** awsProxy hands a call to a function as an event of the format that the integration names, and replies what it returns. */
export function awsProxy({
  integration,
  context,
  ports,
  at,
}: BuildInput<IntegrationOf<"AWS_PROXY">>): BuildOutcome {
  const { payloadFormatVersion: version, timeoutInMillis, credentialsArn, integrationUri = "" } = integration;
  const problems: Problem[] = [];
  const { stageVariables } = context;
  const request = compileRequestMapping(integration.requestParameters, stageVariables, at, problems);
  const mapping = compileResponseMapping(integration.responseParameters, stageVariables, at, problems);
  if (problems.length > 0) return { ok: false, problems };
  // Only a node knows its defaults, so a missing endpoint is not a problem of the config; a call then gets AWS's response for it.
  const lambda = LambdaFunction.of(
    invocationUri(integrationUri, stageVariables),
    credentialsArn,
    context,
    ports,
  );
  if (!lambda) return { ok: true, integrate: () => failed };
  return {
    ok: true,
    integrate: async (call) => {
      const sent = await readWholeBody(call);
      const shown = request && shownBy(call, request);
      const event = Buffer.from(buildHttpEvent(call, context, { body: sent, version, shown }));
      const invoked = await lambda.invoke(call, event, timeoutInMillis, (request) =>
        callUpstream(call, ports.transport, request, request.uri),
      );
      const reply = invoked.kind === "returned" ? parseFunctionResponse(invoked.output, version) : undefined;
      noteFunction(call, invoked, reply);
      if (!reply || !mapping) return reply ?? failed;
      const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
      const mapped = mapping.apply(call, reply.status, [...reply.headers], { headers: reply.headers, body });
      return { ...reply, ...mapped };
    },
  };
}
