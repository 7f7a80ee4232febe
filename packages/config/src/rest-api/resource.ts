import { z } from "zod";
import { integration } from "./integration.ts";

/** Methods that a resource can have; ANY stands for the other seven. */
export const HTTP_METHODS = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] as const;

const SEGMENT = /^([A-Za-z0-9._\-,:]+|\{[A-Za-z0-9._-]+\+?\})$/;

/** pathProblem tells what is wrong with a resource's path, if anything. */
export function pathProblem(path: string): string | undefined {
  if (path === "/") return undefined;
  if (!path.startsWith("/")) return "must begin with /";
  if (path.endsWith("/")) return "must not end with /";
  const segments = path.slice(1).split("/");
  const names = new Set<string>();
  for (const [i, segment] of segments.entries()) {
    if (segment === "") return "must not have an empty segment (//)";
    if (!SEGMENT.test(segment))
      return `segment '${segment}' may only hold a-z, A-Z, 0-9 and ._-,: or be a whole {parameter} or {parameter+}`;
    if (segment.endsWith("+}") && i !== segments.length - 1)
      return `greedy segment '${segment}' must be the last`;
    const name = /^\{(.+?)\+?\}$/.exec(segment)?.[1];
    if (name !== undefined && names.has(name)) return `parameter '${name}' occurs twice`;
    if (name !== undefined) names.add(name);
  }
  return undefined;
}

const methodResponse = z.strictObject({
  responseParameters: z.record(z.string(), z.boolean()).default({}),
  responseModels: z.record(z.string(), z.string()).default({}),
});

const method = z.strictObject({
  authorizationType: z.enum(["NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"]).default("NONE"),
  /** Id of an Authorizer; wanted by CUSTOM and COGNITO_USER_POOLS. */
  authorizerId: z.string().min(1).optional(),
  /** One of them must be in an access token's scope; with none identity tokens are taken (COGNITO_USER_POOLS). */
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

export type Method = z.output<typeof method>;

/** Types of authorization that an authorizer decides. */
const BY_AUTHORIZER = new Set<Method["authorizationType"]>(["CUSTOM", "COGNITO_USER_POOLS"]);

/** What of a method's authorization does not go together. */
function authorizationProblem(method: Method): { path: string; message: string } | undefined {
  const { authorizationType, authorizerId, authorizationScopes } = method;
  if (BY_AUTHORIZER.has(authorizationType) && authorizerId === undefined)
    return {
      path: "authorizerId",
      message:
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
    };
  if (!BY_AUTHORIZER.has(authorizationType) && authorizerId !== undefined)
    return {
      path: "authorizerId",
      message: `must be left out where authorizationType is ${authorizationType}`,
    };
  return authorizationType !== "COGNITO_USER_POOLS" && authorizationScopes.length > 0
    ? { path: "authorizationScopes", message: "is for COGNITO_USER_POOLS only" }
    : undefined;
}

/** A resource: a path and its methods. */
export const resourceSpec = z.strictObject({
  path: z.string().superRefine((path, context) => {
    const message = pathProblem(path);
    if (message) context.addIssue({ code: "custom", message });
  }),
  methods: z
    .partialRecord(
      z.enum(HTTP_METHODS),
      method.superRefine((value, context) => {
        const problem = authorizationProblem(value);
        if (problem) context.addIssue({ code: "custom", path: [problem.path], message: problem.message });
      }),
    )
    .default({}),
});
