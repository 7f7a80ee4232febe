import type { WebSocketAuthorizer } from "@tollgate/config";
import { deniedByAuthorizer } from "../../authorization/access-denied.ts";
import { askAuthorizer } from "../../authorization/ask-authorizer.ts";
import { policyRequest } from "../../authorization/policy-request.ts";
import { parsePolicyResponse } from "../../authorization/policy-response.ts";
import type { Filter } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import type { Ports } from "../../engine/ports.ts";
import { hideResult } from "../../filters/secret-places.ts";
import { LambdaFunction } from "../../upstream/lambda-function.ts";
import type { WebSocketContext } from "../context.ts";
import { buildAuthorizerEvent } from "../event.ts";
import { compileSource } from "./identity-source.ts";

/** AWS's limit of an authorizer's result (quotas for WebSocket APIs). */
const RESULT_MAX_BYTES = 8 * 1024;

const unauthorized = deny("UNAUTHORIZED");

const parse = (output: string) =>
  Buffer.byteLength(output) > RESULT_MAX_BYTES
    ? `the response is larger than ${RESULT_MAX_BYTES} bytes`
    : parsePolicyResponse(output);

/** lambdaAuthorization asks a function who may connect. Its results are not kept: each connection is asked about once. */
export function lambdaAuthorization(
  spec: WebSocketAuthorizer,
  context: WebSocketContext,
  ports: Ports,
): Filter {
  const sources = spec.identitySource.map((source) => compileSource(source, context));
  const lambda = LambdaFunction.of(spec.authorizerUri, spec.authorizerCredentialsArn, context, ports);
  const ask = askAuthorizer({ lambda, scope: "", ttlMs: 0, parse }, ports);
  return async (call) => {
    if (sources.some((read) => read(call) === "")) return unauthorized;
    call.authorizer = await ask(call, [], () => buildAuthorizerEvent(call, context));
    hideResult(call);
    const decision = call.authorizer.policy?.decide(policyRequest(call)) ?? "silent";
    return decision === "allow" ? undefined : deniedByAuthorizer(decision);
  };
}
