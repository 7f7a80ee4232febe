import type { Call } from "../../call/call.ts";
import { deny, malformedProxyReply } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { callUpstream } from "../../upstream/call-upstream.ts";
import { errorMessageOf, type Invoked, LambdaFunction } from "../../upstream/lambda-function.ts";
import { buildWebSocketEvent } from "../event.ts";
import type { BuildInput } from "./build-input.ts";
import { parseFunctionResponse } from "./function-response.ts";
import { missingUri } from "./missing-uri.ts";

const notInvokable = deny("API_CONFIGURATION_ERROR");

function replyOf(call: Call, invoked: Invoked): Reply {
  if (invoked.kind === "refused") return notInvokable;
  if (invoked.kind === "threw") {
    call.endpointError = errorMessageOf(invoked.output);
    return malformedProxyReply;
  }
  const reply = parseFunctionResponse(invoked.output);
  if (!reply.refusal) call.functionStatus = reply.status;
  return reply;
}

/** awsProxy hands what happened to a Lambda function as an event. */
export function awsProxy({ integration, context, ports, at }: BuildInput): BuildOutcome {
  const { integrationUri, credentialsArn, timeoutInMillis } = integration;
  if (integrationUri === undefined) return missingUri(integration, at);
  // Only a node knows its defaults, so a missing endpoint is not a problem of the config.
  const lambda = LambdaFunction.of(integrationUri, credentialsArn, context, ports);
  if (!lambda) return { ok: true, integrate: () => notInvokable };
  return {
    ok: true,
    integrate: async (call) => {
      const event = Buffer.from(buildWebSocketEvent(call, context));
      const invoked = await lambda.invoke(call, event, timeoutInMillis, (request) =>
        callUpstream(call, ports.transport, request, request.uri),
      );
      const reply = replyOf(call, invoked);
      if (reply === malformedProxyReply)
        call.log?.fail("Execution failed due to configuration error: Malformed Lambda proxy response");
      return reply;
    },
  };
}
