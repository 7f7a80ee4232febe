import { methodArn } from "../../authorization/policy-request.ts";
import type { Call } from "../../call/call.ts";
import type { RestContext } from "../context.ts";
import { describeRestCall } from "../event.ts";

/** tokenEvent is the event of a TOKEN authorizer (AWS: Input to an API Gateway Lambda authorizer). */
export const tokenEvent = (call: Call, token: string): string =>
  JSON.stringify({ type: "TOKEN", authorizationToken: token, methodArn: methodArn(call) });

/** requestEvent is the event of a REQUEST authorizer. Unlike in a proxy event empty maps are {}. */
export function requestEvent(call: Call, context: RestContext): string {
  const request = describeRestCall(call, context);
  return JSON.stringify({
    type: "REQUEST",
    methodArn: methodArn(call),
    ...request,
    queryStringParameters: request.queryStringParameters ?? {},
    multiValueQueryStringParameters: request.multiValueQueryStringParameters ?? {},
    pathParameters: request.pathParameters ?? {},
    stageVariables: request.stageVariables ?? {},
  });
}
