import { deny, malformedProxyReply } from "../errors.ts";
import type { Reply } from "../reply.ts";
import { compileBinaryMatcher } from "./binary-media.ts";
import { failureReply } from "./failure.ts";
import { fetchWhole } from "./fetch-whole.ts";
import { parseProxyAnswer } from "./proxy-answer.ts";
import { buildProxyEvent } from "./proxy-event.ts";
import type { BuildInput, BuildOutcome, IntegrationOf } from "./registry.ts";
import { isReply, readWholeBody } from "./request-body.ts";
import { replaceStageVariables } from "./upstream-uri.ts";

const LAMBDA_URI =
  /^arn:aws[a-z-]*:apigateway:([a-z0-9-]+):lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;
const notInvokable = deny("API_CONFIGURATION_ERROR");

/** awsProxy hands the whole request to a Lambda function as an event and answers what it returns. */
export function awsProxy({
  integration,
  context,
  ports,
}: BuildInput<IntegrationOf<"AWS_PROXY">>): BuildOutcome {
  const [, region = "", functionName = ""] =
    LAMBDA_URI.exec(replaceStageVariables(integration.uri, context.stageVariables)) ?? [];
  // A stage variable that is missing leaves no function: calls get what AWS answers then.
  if (functionName === "") return { ok: true, integrate: () => notInvokable };
  const endpoint = context.serviceEndpoint("lambda", region);
  // Only a node knows its defaults, so a missing endpoint is no problem of the config; a call then gets AWS's answer for it.
  if (!endpoint) return { ok: true, integrate: () => notInvokable };
  const base = new URL(endpoint);
  const path = `${base.pathname.replace(/\/$/, "")}/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
  const isBinary = compileBinaryMatcher(context.binaryMediaTypes);

  return {
    ok: true,
    integrate: async (call) => {
      const body = await readWholeBody(call);
      if (isReply(body)) return body;
      call.beginIntegration(performance.now(), base.origin);
      const answer = await fetchWhole(ports.transport, {
        origin: base.origin,
        path,
        method: "POST",
        headers: [
          "Content-Type",
          "application/json",
          "X-Amz-Invocation-Type",
          "RequestResponse",
          "X-Amzn-Trace-Id",
          call.traceHeader(),
        ],
        body: Buffer.from(buildProxyEvent(call, context, body, isBinary)),
        timeoutMs: integration.timeoutInMillis,
      });
      const reply =
        typeof answer === "string" ? failureReply[answer] : replyOf(answer, call.headers, isBinary);
      call.endIntegration(performance.now(), reply.status);
      return typeof answer === "string"
        ? reply
        : { ...reply, headers: [...reply.headers, "X-Amzn-Trace-Id", call.traceHeader()] };
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
  const acceptAt = clientHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === "accept");
  return parseProxyAnswer(body, acceptAt < 0 ? "" : (clientHeaders[acceptAt + 1] as string), isBinary);
}
