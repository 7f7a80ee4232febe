import type { Call } from "../../call/call.ts";
import { deny, malformedProxyReply } from "../../call/errors.ts";
import { logEndpointRequest, logMethodBody } from "../../call/execution-steps.ts";
import { firstHeader } from "../../call/header-lookup.ts";
import type { Reply } from "../../call/reply.ts";
import { readWholeBody } from "../../call/request-body.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { andThen, type Late } from "../../engine/late.ts";
import type { Ports } from "../../engine/ports.ts";
import { callUpstream } from "../../upstream/call-upstream.ts";
import {
  type Invocation,
  type Invoked,
  LambdaFunction,
  noteFunction,
} from "../../upstream/lambda-function.ts";
import { compileBinaryMatcher } from "../../values/binary-media.ts";
import { buildProxyEvent } from "../event.ts";
import { BREAKING_FOR_AWS, compileParameters } from "../mapping/request-parameters.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import { parseFunctionResponse } from "./function-response.ts";
import { withTraceHeader } from "./http.ts";
import { StreamedInvocation } from "./lambda-stream.ts";

const notInvokable = deny("API_CONFIGURATION_ERROR");

/** awsProxy hands the whole request to a Lambda function as an event and replies what it returns. */
export function awsProxy({
  integration,
  context,
  ports,
  at,
}: BuildInput<IntegrationOf<"AWS_PROXY">>): BuildOutcome {
  // Only a node knows its defaults, so a missing endpoint is not a problem of the config; a call then gets AWS's response for it.
  const lambda = LambdaFunction.of(integration.uri, integration.credentials, context, ports);
  if (!lambda) return { ok: true, integrate: () => notInvokable };
  // Mappings are ignored, but those that AWS does not allow break the method all the same.
  const parameters = compileParameters(integration.requestParameters, context, at, BREAKING_FOR_AWS);
  if (parameters.ok && parameters.value.broken) return { ok: true, integrate: () => notInvokable };
  // Lambda is invoked by POST. As on AWS, the method is configured, and each call with another one fails.
  const { httpMethod } = integration;
  if (httpMethod !== "POST" && httpMethod !== "ANY") return { ok: true, integrate: () => notInvokable };
  const isBinary = compileBinaryMatcher(context.binaryMediaTypes);
  const { timeoutInMillis: timeoutMs, responseTransferMode } = integration;
  const send = (call: Call, request: Invocation) => callUpstream(call, ports.transport, request, request.uri);
  const invoke = (call: Call, event: Buffer): Promise<Reply | undefined> =>
    responseTransferMode === "STREAM"
      ? streamed(call, ports, lambda.request(call, event, timeoutMs))
      : lambda
          .invoke(call, event, timeoutMs, (request) => send(call, request))
          .then((invoked) => replied(call, invoked, isBinary));

  return {
    ok: true,
    integrate: (call) => {
      if (httpMethod === "ANY" && call.method !== "POST") return notInvokable;
      const event = andThen(readWholeBody(call), (sent) => {
        logMethodBody(call, sent);
        return buildProxyEvent(call, context, sent, isBinary);
      });
      return event instanceof Promise ? event.then((built) => invoke(call, built)) : invoke(call, event);
    },
  };
}

/** Streams the response of a function as it comes; where there is none the promise has the reply. */
async function streamed(
  call: Call,
  { transport }: Ports,
  signed: Late<Invocation>,
): Promise<Reply | undefined> {
  const request = await signed;
  logEndpointRequest(call, request.uri, request.headers, undefined);
  call.beginIntegration(performance.now(), request.origin);
  return new Promise((settle) => {
    const invocation = new StreamedInvocation(call, settle);
    invocation.control = transport.send(request, invocation);
  });
}

/** The reply of what a function returned, and what the logs keep of it. */
function replied(call: Call, invoked: Invoked, isBinary: (mediaType: string) => boolean): Reply {
  const reply = replyOf(invoked, call.headers, isBinary);
  noteFunction(call, invoked, reply);
  if (reply === malformedProxyReply)
    call.log?.fail("Execution failed due to configuration error: Malformed Lambda proxy response");
  return withTraceHeader(call, reply);
}

function replyOf(
  invoked: Invoked,
  clientHeaders: readonly string[],
  isBinary: (mediaType: string) => boolean,
): Reply {
  if (invoked.kind === "refused") return notInvokable;
  if (invoked.kind === "threw") return malformedProxyReply;
  return parseFunctionResponse(invoked.output, firstHeader(clientHeaders, "accept"), isBinary);
}
