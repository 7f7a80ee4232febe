import type { Call } from "../call/call.ts";
import { Refused } from "../call/errors.ts";
import { logEndpointResponse, logEndpointRequest } from "../call/execution-steps.ts";
import type { Transport, UpstreamRequest } from "./transport.ts";
import { failureReply, logFailure } from "./failure.ts";
import { fetchWhole, type WholeResponse } from "./fetch-whole.ts";

/**
 * callUpstream is the part of a call that is spent at its integration's endpoint: measured, traced and logged. `uri` is what the log shows.
 * An endpoint that gives no whole answer refuses the call.
 */
export async function callUpstream(
  call: Call,
  transport: Transport,
  request: UpstreamRequest & { readonly body: Buffer | undefined },
  uri: string,
): Promise<WholeResponse> {
  logEndpointRequest(call, uri, request.headers, request.body);
  call.beginIntegration(performance.now(), request.origin);
  const answer = await fetchWhole(transport, request);
  if (typeof answer === "string") {
    const reply = failureReply[answer];
    call.endIntegration(performance.now(), reply.status);
    logFailure(call, answer);
    throw new Refused(reply, `the endpoint gave no answer: ${answer}`);
  }
  call.endIntegration(performance.now(), answer.status);
  logEndpointResponse(call, answer.status, answer.headers, answer.body);
  return answer;
}
