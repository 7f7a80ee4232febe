import type { Call } from "../call/call.ts";
import { Refused } from "../call/errors.ts";
import { logEndpointRequest, logEndpointResponse } from "../call/execution-steps.ts";
import { failureReply, failureText, logFailure } from "./failure.ts";
import { fetchWhole, INTEGRATION_RESPONSE_MAX_BYTES, type WholeResponse } from "./fetch-whole.ts";
import { type Transport, type UpstreamRequest, wholeBody } from "./transport.ts";

/**
 * callUpstream is the part of a call that is spent at its integration's endpoint: measured, traced and logged. `uri` is what the log shows.
 * An endpoint that gives no whole response refuses the call.
 */
export async function callUpstream(
  call: Call,
  transport: Transport,
  request: UpstreamRequest,
  uri: string,
): Promise<WholeResponse> {
  logEndpointRequest(call, uri, request.headers, call.log && wholeBody(request.body));
  call.beginIntegration(performance.now(), request.origin);
  call.traced?.sends(request);
  const { exchange } = call;
  const response = await fetchWhole(
    transport,
    request,
    INTEGRATION_RESPONSE_MAX_BYTES,
    (bytes) => exchange.hold(bytes),
    // Nobody waits for the response but this call's client.
    (control) => {
      exchange.source = { drained: () => control.resume(), clientGone: () => control.abort() };
    },
  );
  exchange.source = undefined;
  if (typeof response === "string") {
    const reply = failureReply[response];
    call.endIntegration(performance.now(), reply.status);
    call.endpointError = failureText[response];
    logFailure(call, response);
    throw new Refused(reply, `the endpoint gave no response: ${response}`);
  }
  call.endIntegration(performance.now(), response.status);
  call.endpointHeaders = response.headers;
  logEndpointResponse(call, response.status, response.headers, response.body);
  return response;
}
