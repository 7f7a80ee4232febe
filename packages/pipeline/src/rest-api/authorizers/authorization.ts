import type { Method, SpecOf } from "@tollgate/config";
import { type Problem, problemAt } from "@tollgate/config/runtime";
import { compileSelectionPattern } from "@tollgate/mapping";
import { deniedToCaller } from "../../authorization/access-denied.ts";
import { iamAuthorization } from "../../authorization/iam.ts";
import { compileArnLimit, policyRequest } from "../../authorization/policy-request.ts";
import type { Filter } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import { facts } from "../../engine/facts.ts";
import type { FilterFactory, Ports } from "../../engine/ports.ts";
import type { RestContext, RestRoute } from "../context.ts";
import { cognitoAuthorization } from "./cognito.ts";
import { lambdaAuthorization } from "./lambda.ts";

/** A method whose authorizer does not fit does not compile; should one get here, nobody is allowed. */
const unfit = deny("AUTHORIZER_CONFIGURATION_ERROR");
const tooLong = deny("DEFAULT_4XX", { status: 414, message: "Request URI too long" });

/** Types of authorizers that a method's type of authorization takes. */
const FITTING: Readonly<Record<string, readonly SpecOf<"Authorizer">["type"][]>> = {
  CUSTOM: ["TOKEN", "REQUEST"],
  COGNITO_USER_POOLS: ["COGNITO_USER_POOLS"],
};

/** authorizationProblems reports what keeps a method's callers from being authorized. */
export function authorizationProblems(
  { authorizationType, authorizerId }: Method,
  { components }: RestContext,
  at: string,
): readonly Problem[] {
  const fitting = FITTING[authorizationType];
  const authorizer = components.authorizers.get(authorizerId ?? "");
  // A method by itself is checked before it is known what it will be deployed with.
  if (!fitting || components.areUnknown) return [];
  if (!authorizer)
    return [problemAt(`${at}.authorizerId`, facts.AUTHORIZER_MISSING({ id: authorizerId ?? "" }))];
  if (!fitting.includes(authorizer.type))
    return [
      problemAt(
        `${at}.authorizerId`,
        facts.AUTHORIZER_TYPE_WRONG({
          id: authorizerId ?? "",
          type: authorizer.type,
          authorizationType,
          wanted: fitting.join(" or "),
        }),
      ),
    ];
  return authorizerProblems(authorizer, `Authorizer/${authorizerId}`);
}

/** authorizerProblems reports what of an authorizer cannot be compiled. */
export function authorizerProblems(authorizer: SpecOf<"Authorizer">, at: string): readonly Problem[] {
  if (authorizer.type === "REQUEST" || authorizer.identityValidationExpression === undefined) return [];
  const compiled = compileSelectionPattern(authorizer.identityValidationExpression);
  return compiled.ok
    ? []
    : [problemAt(`${at}.identityValidationExpression`, facts.PATTERN_INVALID({ reason: compiled.message }))];
}

/** Callers who need not identify themselves: the API's policy alone decides. */
function anonymous({ method, context: { resourcePolicy } }: RestRoute): Filter | undefined {
  if (!resourcePolicy) return undefined;
  return (call) => {
    const decision = resourcePolicy.decide(policyRequest(call));
    // A path that is not there is refused for that, unless the policy denies the caller any.
    const isAllowed = decision === "allow" || (!method && decision !== "deny");
    return isAllowed ? undefined : deniedToCaller(call, decision);
  };
}

function filterOf(route: RestRoute, ports: Ports): Filter | undefined {
  const { method, context } = route;
  const authorizerId = method?.authorizerId ?? "";
  const authorizer = context.components.authorizers.get(authorizerId);
  switch (method?.authorizationType) {
    case "AWS_IAM":
      return iamAuthorization(context, context.resourcePolicy, ports);
    case "CUSTOM":
      return authorizer && authorizer.type !== "COGNITO_USER_POOLS"
        ? lambdaAuthorization(authorizerId, authorizer, context, ports)
        : () => unfit;
    case "COGNITO_USER_POOLS":
      return authorizer?.type === "COGNITO_USER_POOLS"
        ? cognitoAuthorization(authorizerId, authorizer, method.authorizationScopes, context, ports)
        : () => unfit;
    default:
      return anonymous(route);
  }
}

/** authorization allows whom the method's authorization and the policy of the API allow (AWS: authorization flow of resource policies). */
export const authorization: FilterFactory<RestRoute> = (route, ports) => {
  const filter = filterOf(route, ports);
  if (!filter) return undefined;
  const isTooLong = compileArnLimit(route.context);
  return (call) => (isTooLong(call) ? tooLong : filter(call));
};
