import { z } from "zod";
import { facts } from "../facts.ts";
import { type Fact, raise } from "../problem.ts";
import { integration } from "./integration.ts";

/** As on AWS, a map that was given empty is kept, and shown. */
const methodResponse = z.strictObject({
  responseParameters: z.record(z.string(), z.boolean()).optional(),
  responseModels: z.record(z.string(), z.string()).optional(),
});

const members = z.strictObject({
  authorizationType: z.enum(["NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"]).default("NONE"),
  /** Id of an Authorizer; required by CUSTOM and COGNITO_USER_POOLS, ignored with other types. */
  authorizerId: z.string().min(1).optional(),
  /** An access token must have at least one of these scopes. If empty, identity tokens are accepted (COGNITO_USER_POOLS). */
  authorizationScopes: z.array(z.string().min(1)).max(10).default([]),
  apiKeyRequired: z.boolean().default(false),
  /** Id of a RequestValidator; absent: nothing is checked. */
  requestValidatorId: z.string().min(1).optional(),
  operationName: z.string().optional(),
  requestParameters: z
    .record(
      z
        .string()
        .regex(
          /^method\.request\.(header|querystring|path)\..+$/,
          "must be named method.request.{header|querystring|path}.{name}",
        ),
      z.boolean(),
    )
    .default({}),
  requestModels: z.record(z.string(), z.string()).default({}),
  methodResponses: z.record(z.string().regex(/^[1-5]\d\d$/), methodResponse).default({}),
  integration: integration.optional(),
});

export type Method = z.output<typeof members>;

/** Types of authorization that require an authorizer. */
const BY_AUTHORIZER = new Set<Method["authorizationType"]>(["CUSTOM", "COGNITO_USER_POOLS"]);

/** Conflicts between the members of a method's authorization. */
function authorizationProblem(method: Method): { path: string; fact: Fact } | undefined {
  const { authorizationType, authorizerId, authorizationScopes } = method;
  if (BY_AUTHORIZER.has(authorizationType) && authorizerId === undefined)
    return { path: "authorizerId", fact: facts.AUTHORIZER_REQUIRED() };
  return authorizationType !== "COGNITO_USER_POOLS" && authorizationScopes.length > 0
    ? {
        path: "authorizationScopes",
        fact: facts.ONLY_WITH({ condition: "if authorizationType is COGNITO_USER_POOLS" }),
      }
    : undefined;
}

/** A method of a resource (AWS: Method). As on AWS, an authorizer is ignored with types of authorization that use none. */
export const method = members
  .superRefine((value, context) => {
    const problem = authorizationProblem(value);
    if (problem) raise(context, problem.fact, [problem.path]);
  })
  .transform(
    ({ authorizerId, ...others }): Method =>
      authorizerId === undefined || !BY_AUTHORIZER.has(others.authorizationType)
        ? others
        : { ...others, authorizerId },
  );
