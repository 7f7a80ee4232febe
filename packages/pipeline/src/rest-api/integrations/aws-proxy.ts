import { firstHeader } from "../../call/header-lookup.ts";
import { deny, malformedProxyReply } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import type { Call } from "../../call/call.ts";
import { logEndpointRequest, logMethodBody } from "../../call/execution-steps.ts";
import type { Ports } from "../../engine/ports.ts";
import type { UpstreamRequest } from "../../upstream/transport.ts";
import { compileBinaryMatcher } from "../../values/binary-media.ts";
import { readWholeBody } from "../../call/request-body.ts";
import { BREAKING_FOR_AWS, compileParameters } from "../mapping/request-parameters.ts";
import { callUpstream } from "../../upstream/call-upstream.ts";
import { withTraceHeader } from "./http.ts";
import { LambdaFunction } from "../../upstream/lambda-function.ts";
import { StreamedInvocation } from "./lambda-stream.ts";
import { parseProxyAnswer } from "./function-response.ts";
import { buildProxyEvent } from "../event.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";

const notInvokable = deny("API_CONFIGURATION_ERROR");

/** awsProxy hands the whole request to a Lambda function as an event and answers what it returns. */
export function awsProxy({
  integration,
  context,
  ports,
  at,
}: BuildInput<IntegrationOf<"AWS_PROXY">>): BuildOutcome {
  // Only a node knows its defaults, so a missing endpoint is no problem of the config; a call then gets AWS's answer for it.
  const lambda = LambdaFunction.of(integration.uri, integration.credentials, context, ports);
  if (!lambda) return { ok: true, integrate: () => notInvokable };
  // Mappings are ignored, but those that AWS does not allow break the method all the same.
  const parameters = compileParameters(integration.requestParameters, context, at, BREAKING_FOR_AWS);
  if (parameters.ok && parameters.value.broken) return { ok: true, integrate: () => notInvokable };
  const isBinary = compileBinaryMatcher(context.binaryMediaTypes);

  return {
    ok: true,
    integrate: async (call) => {
      const sent = await readWholeBody(call);
      logMethodBody(call, sent);
      const event = Buffer.from(await buildProxyEvent(call, context, sent, isBinary));
      const request = await lambda.request(call, event, integration.timeoutInMillis);
      if (integration.responseTransferMode === "STREAM") return streamed(call, ports, request);
      const answer = await callUpstream(call, ports.transport, request, `${request.origin}${request.path}`);
      const reply = replyOf(answer, call.headers, isBinary);
      if (reply === malformedProxyReply)
        call.log?.fail("Execution failed due to configuration error: Malformed Lambda proxy response");
      return withTraceHeader(call, reply);
    },
  };
}

/** The answer of a function as it comes; what it is answered where it does not is told by the promise. */
function streamed(call: Call, { transport }: Ports, request: UpstreamRequest): Promise<Reply | undefined> {
  logEndpointRequest(call, `${request.origin}${request.path}`, request.headers, undefined);
  call.beginIntegration(performance.now(), request.origin);
  return new Promise((settle) => {
    const invocation = new StreamedInvocation(call, settle);
    invocation.control = transport.send(request, invocation);
  });
}

function replyOf(
  answer: { status: number; headers: readonly string[]; body: Buffer },
  clientHeaders: readonly string[],
  isBinary: (mediaType: string) => boolean,
): Reply {
  if (answer.status !== 200) return notInvokable;
  if (LambdaFunction.hasThrown(answer)) return malformedProxyReply;
  return parseProxyAnswer(answer.body, firstHeader(clientHeaders, "accept"), isBinary);
}
