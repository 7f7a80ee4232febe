import { firstHeader } from "../header-lookup.ts";
import { deny, malformedProxyReply } from "../errors.ts";
import type { Reply } from "../reply.ts";
import { logMethodBody } from "../execution-log.ts";
import { compileBinaryMatcher } from "../mapping/binary-media.ts";
import { readWholeBody } from "../mapping/request-body.ts";
import { BREAKING_FOR_AWS, compileParameters } from "../mapping/request-parameters.ts";
import { AwsService } from "./aws-service.ts";
import { callUpstream } from "./call-upstream.ts";
import { withTraceHeader } from "./http.ts";
import { parseProxyAnswer } from "./proxy-answer.ts";
import { buildProxyEvent } from "./proxy-event.ts";
import type { BuildInput, BuildOutcome, IntegrationOf } from "./registry.ts";
import { replaceStageVariables } from "./upstream-uri.ts";

const LAMBDA_URI =
  /^arn:aws[a-z-]*:apigateway:([a-z0-9-]+):lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;
const notInvokable = deny("API_CONFIGURATION_ERROR");

/** awsProxy hands the whole request to a Lambda function as an event and answers what it returns. */
export function awsProxy({
  integration,
  context,
  ports,
  at,
}: BuildInput<IntegrationOf<"AWS_PROXY">>): BuildOutcome {
  const [, region = "", functionName = ""] =
    LAMBDA_URI.exec(replaceStageVariables(integration.uri, context.stageVariables)) ?? [];
  // A stage variable that is missing leaves no function: calls get what AWS answers then.
  if (functionName === "") return { ok: true, integrate: () => notInvokable };
  const endpoint = context.serviceEndpoint("lambda", region);
  // Only a node knows its defaults, so a missing endpoint is no problem of the config; a call then gets AWS's answer for it.
  if (!endpoint) return { ok: true, integrate: () => notInvokable };
  // Mappings are ignored, but those that AWS does not allow break the method all the same.
  const parameters = compileParameters(integration.requestParameters, context, at, BREAKING_FOR_AWS);
  if (parameters.ok && parameters.value.broken) return { ok: true, integrate: () => notInvokable };
  const role =
    integration.credentials && replaceStageVariables(integration.credentials, context.stageVariables);
  const service = new AwsService(
    { service: "lambda", region, subdomain: "", role },
    endpoint,
    context,
    ports,
  );
  const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
  const isBinary = compileBinaryMatcher(context.binaryMediaTypes);

  return {
    ok: true,
    integrate: async (call) => {
      const sent = await readWholeBody(call);
      logMethodBody(call, sent);
      const traceHeader = call.traceHeader();
      const body = Buffer.from(buildProxyEvent(call, context, sent, isBinary));
      const headers = ["Content-Type", "application/json", "X-Amz-Invocation-Type", "RequestResponse"];
      headers.push("X-Amzn-Trace-Id", traceHeader);
      const signed = await service.sign(call, { method: "POST", path, query: "", headers, body });
      const request = {
        ...signed,
        method: "POST",
        body,
        timeoutMs: integration.timeoutInMillis,
        tls: undefined,
      };
      const answer = await callUpstream(call, ports.transport, request, `${signed.origin}${signed.path}`);
      const reply = replyOf(answer, call.headers, isBinary);
      if (reply === malformedProxyReply)
        call.log?.fail("Execution failed due to configuration error: Malformed Lambda proxy response");
      return withTraceHeader(call, reply);
    },
  };
}

function replyOf(
  { status, headers, body }: { status: number; headers: readonly string[]; body: Buffer },
  clientHeaders: readonly string[],
  isBinary: (mediaType: string) => boolean,
): Reply {
  if (status !== 200) return notInvokable;
  const failed = headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === "x-amz-function-error");
  if (failed) return malformedProxyReply;
  return parseProxyAnswer(body, firstHeader(clientHeaders, "accept"), isBinary);
}
