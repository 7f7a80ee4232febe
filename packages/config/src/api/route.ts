import { z } from "zod";
import { raise } from "../problem.ts";
import { parseRouteKey } from "./route-key.ts";

const target = z
  .string()
  .regex(/^integrations\/[A-Za-z0-9_-]+$/, "must be integrations/{id of an integration}");

const common = {
  /** It was created with the API's target (AWS: quick create). */
  apiGatewayManaged: z.literal(true).optional(),
  /** integrations/{id}; if absent, the route has no integration. */
  target: target.optional(),
  operationName: z.string().min(1).max(64).optional(),
  /** Id of an authorizer; required by CUSTOM and JWT. */
  authorizerId: z.string().min(1).optional(),
};

/** A route of an HTTP API (AWS: Route of apigatewayv2). */
export const httpApiRoute = z.strictObject({
  /** '{METHOD} {path}', or $default for what no other route matches. */
  routeKey: z.string().superRefine((key, context) => {
    const parsed = parseRouteKey(key);
    if ("code" in parsed) raise(context, parsed);
  }),
  ...common,
  authorizationType: z.enum(["NONE", "AWS_IAM", "CUSTOM", "JWT"]).default("NONE"),
  /** A token must have at least one of these scopes. */
  authorizationScopes: z.array(z.string().min(1)).max(10).default([]),
});

/** A route of a WebSocket API. */
export const webSocketRoute = z.strictObject({
  /** $connect, $disconnect, $default, or a value of the API's routeSelectionExpression. */
  routeKey: z
    .string()
    .regex(
      /^(\$connect|\$disconnect|\$default|[^$\s].*)$/s,
      "must be $connect, $disconnect, $default or a custom key that does not begin with $",
    ),
  ...common,
  authorizationType: z.enum(["NONE", "AWS_IAM", "CUSTOM"]).default("NONE"),
  apiKeyRequired: z.boolean().default(false),
  modelSelectionExpression: z.string().optional(),
  requestModels: z.record(z.string(), z.string()).default({}),
  requestParameters: z.record(z.string(), z.boolean()).default({}),
  /** $default: the integration's response is sent back to the caller. */
  routeResponseSelectionExpression: z.string().optional(),
  routeResponses: z
    .record(
      z.string().min(1),
      z.strictObject({
        routeResponseKey: z.literal("$default"),
        modelSelectionExpression: z.string().optional(),
        responseModels: z.record(z.string(), z.string()).default({}),
        responseParameters: z.record(z.string(), z.boolean()).default({}),
      }),
    )
    .default({}),
});

export type HttpApiRoute = z.output<typeof httpApiRoute>;
export type WebSocketRouteSpec = z.output<typeof webSocketRoute>;
