import type { HttpApiAuthorizer } from "@tollgate/config";
import { askAuthorizer } from "../../authorization/ask-authorizer.ts";
import type { AuthorizerResult } from "../../authorization/identity.ts";
import { methodArn, policyRequest } from "../../authorization/policy-request.ts";
import { parsePolicyResponse } from "../../authorization/policy-response.ts";
import type { Call, Filter } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import type { RouteContext } from "../../call/route-context.ts";
import { andThen } from "../../engine/late.ts";
import type { Ports } from "../../engine/ports.ts";
import { cacheScope } from "../../runtime/cache-scope.ts";
import { LambdaFunction } from "../../upstream/lambda-function.ts";
import { isObject } from "../../values/json.ts";
import type { HttpContext } from "../context.ts";
import { describeAsRest, describeHttpCall } from "../event.ts";
import { compileSources } from "./identity-source.ts";

type RequestSpec = Extract<HttpApiAuthorizer, { authorizerType: "REQUEST" }>;

const unauthorized = deny("UNAUTHORIZED");
const forbidden = deny("ACCESS_DENIED");

/** eventOf is what a Lambda authorizer of an HTTP API is asked with (AWS: AWS Lambda authorizers for HTTP APIs, payload format). */
function eventOf(call: Call, context: RouteContext, spec: RequestSpec, sources: readonly string[]): string {
  if (spec.authorizerPayloadFormatVersion === "1.0")
    return JSON.stringify({
      version: "1.0",
      type: "REQUEST",
      methodArn: methodArn(call),
      identitySource: sources.join(","),
      authorizationToken: sources.join(","),
      ...describeAsRest(call, context),
    });
  return JSON.stringify({
    version: "2.0",
    type: "REQUEST",
    routeArn: methodArn(call),
    identitySource: sources,
    ...describeHttpCall(call, context),
  });
}

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** A simple response: { isAuthorized, context }. */
function parseSimple(text: string): AuthorizerResult | string {
  let response: unknown;
  try {
    response = JSON.parse(text);
  } catch {
    return "the response is not JSON";
  }
  if (!isObject(response) || typeof response.isAuthorized !== "boolean")
    return "isAuthorized must be true or false";
  const { isAuthorized, context: given } = response;
  if (given !== undefined && given !== null && !isObject(given)) return "context must be an object";
  const values = given ?? {};
  const context = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value)]));
  const nothing = { principalId: undefined, usageIdentifierKey: undefined, claims: undefined };
  return { ...nothing, isAuthorized, context, values, policy: undefined, policyDocument: undefined };
}

/** lambdaAuthorization asks a function who may call, and keeps its results for the time that the authorizer says. */
export function lambdaAuthorization(
  id: string,
  spec: RequestSpec,
  context: HttpContext,
  ports: Ports,
): Filter {
  const identify = compileSources(spec.identitySource, context, spec.authorizerPayloadFormatVersion);
  const { authorizerCacheEpoch, stageVariables } = context;
  const lambda = LambdaFunction.of(spec.authorizerUri, spec.authorizerCredentialsArn, context, ports);
  const ask = askAuthorizer(
    {
      lambda,
      scope: cacheScope("authorizer", context, {
        id,
        spec,
        authorizerCacheEpoch,
        stageVariables,
        function: lambda?.place,
      }),
      ttlMs: spec.authorizerResultTtlInSeconds * 1000,
      parse: (output) =>
        spec.enableSimpleResponses ? parseSimple(output) : parsePolicyResponse(output, { keepsTypes: true }),
    },
    ports,
  );

  return (call) => {
    const found = identify(call);
    if (!found) return unauthorized;
    return andThen(
      ask(call, found.shown, () => eventOf(call, context, spec, found.values)),
      (result) => {
        call.authorizer = result;
        const isAllowed = result.isAuthorized ?? result.policy?.decide(policyRequest(call)) === "allow";
        return isAllowed ? undefined : forbidden;
      },
    );
  };
}
