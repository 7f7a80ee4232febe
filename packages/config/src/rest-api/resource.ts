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
  authorizationType: z
    .literal("NONE", {
      error: "must be NONE: authorization is not served yet, and a method never goes out unprotected",
    })
    .default("NONE"),
  apiKeyRequired: z
    .literal(false, {
      error: "must be false: API keys are not served yet, and a method never goes out unprotected",
    })
    .default(false),
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

/** A resource: a path and its methods. */
export const resourceSpec = z.strictObject({
  path: z.string().superRefine((path, context) => {
    const message = pathProblem(path);
    if (message) context.addIssue({ code: "custom", message });
  }),
  methods: z.partialRecord(z.enum(HTTP_METHODS), method).default({}),
});
