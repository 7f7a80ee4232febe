import type { SpecOf } from "@tollgate/config";
import { sourcesOf, ttlSecondsOf } from "@tollgate/config/runtime";
import { compileSelectionPattern } from "@tollgate/mapping";
import { MatchTimeout, type Pattern } from "@tollgate/patterns";
import { deniedByAuthorizer, deniedToCaller } from "../../authorization/access-denied.ts";
import { askAuthorizer } from "../../authorization/ask-authorizer.ts";
import { policyRequest } from "../../authorization/policy-request.ts";
import { parsePolicyResponse } from "../../authorization/policy-response.ts";
import { combine } from "../../authorization/resource-policy.ts";
import type { Call, Filter } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import { andThen } from "../../engine/late.ts";
import type { Ports } from "../../engine/ports.ts";
import { hideResult } from "../../filters/secret-places.ts";
import { cacheScope } from "../../runtime/cache-scope.ts";
import { LambdaFunction } from "../../upstream/lambda-function.ts";
import type { RestContext } from "../context.ts";
import { compileSource, compileTokenSource } from "./identity-source.ts";
import { requestEvent, tokenEvent } from "./lambda-event.ts";

const unauthorized = deny("UNAUTHORIZED");

type LambdaSpec = Extract<SpecOf<"Authorizer">, { type: "TOKEN" | "REQUEST" }>;

/** Who a caller is. */
interface Claimed {
  /** The token of a TOKEN authorizer. */
  readonly token: string;
  /** All that the function is shown of the identity sources. */
  readonly shown: readonly (readonly string[])[];
}

/** Finds out who a caller is; undefined: something of it is missing or cannot be right. */
type Identify = (call: Call) => Claimed | undefined;

function isValid(token: string, pattern: Pattern): boolean {
  try {
    return pattern.matches(token);
  } catch (error) {
    // It is much longer than such a pattern is for.
    if (error instanceof MatchTimeout) return false;
    throw error;
  }
}

function identifyByToken(spec: Extract<LambdaSpec, { type: "TOKEN" }>): Identify {
  const read = compileTokenSource(spec.identitySource);
  const pattern =
    spec.identityValidationExpression === undefined
      ? undefined
      : compileSelectionPattern(spec.identityValidationExpression);
  return (call) => {
    const token = read(call);
    if (token === "" || (pattern?.ok && !isValid(token, pattern.value))) return undefined;
    return { token, shown: [[token]] };
  };
}

function identifyBySources({ identitySource }: Extract<LambdaSpec, { type: "REQUEST" }>): Identify {
  const sources = sourcesOf(identitySource).map(compileSource);
  return (call) => {
    const shown: (readonly string[])[] = [];
    for (const read of sources) {
      const found = read(call);
      if (found.value === "") return undefined;
      shown.push(found.shown);
    }
    return { token: "", shown };
  };
}

/** lambdaAuthorization asks a function who may call, and keeps its results for the time that the authorizer says. */
export function lambdaAuthorization(
  id: string,
  spec: LambdaSpec,
  context: RestContext,
  ports: Ports,
): Filter {
  const identify = spec.type === "TOKEN" ? identifyByToken(spec) : identifyBySources(spec);
  const { isCanary, authorizerCacheEpoch, stageVariables } = context;
  const lambda = LambdaFunction.of(spec.authorizerUri, spec.authorizerCredentials, context, ports);
  const ask = askAuthorizer(
    {
      lambda,
      scope: cacheScope("authorizer", context, {
        id,
        spec,
        isCanary,
        authorizerCacheEpoch,
        stageVariables,
        function: lambda?.place,
      }),
      ttlMs: ttlSecondsOf(spec) * 1000,
      parse: (output) => parsePolicyResponse(output),
    },
    ports,
  );
  const eventOf = (call: Call, token: string) =>
    spec.type === "TOKEN" ? tokenEvent(call, token) : requestEvent(call, context);

  const { resourcePolicy } = context;
  return (call) => {
    const request = policyRequest(call);
    const ofApi = resourcePolicy?.decide(request) ?? "silent";
    // The API's own deny comes before the function is asked.
    if (ofApi === "deny") return deniedToCaller(call, "deny");
    const claimed = identify(call);
    if (!claimed) return unauthorized;
    return andThen(
      ask(call, claimed.shown, () => eventOf(call, claimed.token)),
      (result) => {
        call.authorizer = result;
        hideResult(call);
        const decision = combine(result.policy?.decide(request) ?? "silent", ofApi);
        return decision === "allow" ? undefined : deniedByAuthorizer(decision);
      },
    );
  };
}
