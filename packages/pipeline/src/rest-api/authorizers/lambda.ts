import { type SpecOf, sourcesOf, ttlSecondsOf } from "@tollgate/config";
import { compileSelectionPattern } from "@tollgate/mapping";
import { deniedByAuthorizer, deniedToCaller } from "../../authorization/access-denied.ts";
import { askAuthorizer } from "../../authorization/ask-authorizer.ts";
import { policyRequest } from "../../authorization/policy-request.ts";
import { parsePolicyResponse } from "../../authorization/policy-response.ts";
import { combine } from "../../authorization/resource-policy.ts";
import type { Call, Filter } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import type { Ports } from "../../engine/ports.ts";
import { LambdaFunction } from "../../upstream/lambda-function.ts";
import type { RestContext } from "../context.ts";
import { compileSource } from "./identity-source.ts";
import { requestEvent, tokenEvent } from "./lambda-event.ts";

const unauthorized = deny("UNAUTHORIZED");

type LambdaSpec = Extract<SpecOf<"Authorizer">, { type: "TOKEN" | "REQUEST" }>;

/** What identifies a caller; undefined: something of it is missing or cannot be right. */
type Identify = (call: Call) => readonly string[] | undefined;

function identifyBy(spec: LambdaSpec): Identify {
  const sources = sourcesOf(spec.identitySource).map(compileSource);
  const pattern =
    spec.type === "TOKEN" && spec.identityValidationExpression !== undefined
      ? compileSelectionPattern(spec.identityValidationExpression)
      : undefined;
  return (call) => {
    const values = sources.map((read) => read(call));
    if (values.includes("")) return undefined;
    if (pattern?.ok && !pattern.value.test(values[0] as string)) return undefined;
    return values;
  };
}

/** lambdaAuthorization asks a function who may call, and keeps its results for the time that the authorizer says. */
export function lambdaAuthorization(
  id: string,
  spec: LambdaSpec,
  context: RestContext,
  ports: Ports,
): Filter {
  const identify = identifyBy(spec);
  const ask = askAuthorizer(
    {
      lambda: LambdaFunction.of(spec.authorizerUri, spec.authorizerCredentials, context, ports),
      scope: `${context.apiId}/${context.stageName}/${context.isCanary === true}/${context.authorizerCacheEpoch}/${id}`,
      ttlMs: ttlSecondsOf(spec) * 1000,
      parse: (output) => parsePolicyResponse(output),
    },
    ports,
  );
  const eventOf = (call: Call, values: readonly string[]) =>
    spec.type === "TOKEN" ? tokenEvent(call, values[0] as string) : requestEvent(call, context);

  return async (call) => {
    const { resourcePolicy } = context;
    // The API's own deny comes before the function is asked.
    if (resourcePolicy?.decide(policyRequest(call)) === "deny") return deniedToCaller(call, "deny");
    const values = identify(call);
    if (!values) return unauthorized;
    const result = await ask(call, values, () => eventOf(call, values));
    call.authorizer = result;
    const request = policyRequest(call);
    const own = result.policy?.decide(request) ?? "silent";
    const decision = combine(own, resourcePolicy?.decide(request) ?? "silent", false);
    return decision === "allow" ? undefined : deniedByAuthorizer(decision);
  };
}
