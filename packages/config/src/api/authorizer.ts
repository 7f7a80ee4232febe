import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";

const common = {
  name: z.string().min(1).max(128),
  /** Stored and returned only: authorizers of HTTP and WebSocket APIs do not check tokens by a pattern, as on AWS. */
  identityValidationExpression: z.string().min(1).optional(),
};

const HTTP_SOURCE = /^(\$request\.(header|querystring)\.[^\s,]+|\$context\.[\w.]+|\$stageVariables\.\w+)$/;
const WEBSOCKET_SOURCE =
  /^(route\.request\.(header|querystring)\.[^\s,]+|context\.[\w.]+|stageVariables\.\w+)$/;

const lambda = {
  ...common,
  authorizerType: z.literal("REQUEST"),
  authorizerUri: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/.+\/invocations$/,
      "must be arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function ARN}/invocations",
    ),
  /** ARN of the role that calls the function. */
  authorizerCredentialsArn: z.string().min(1).optional(),
};

const issuer = z.url({
  protocol: /^https?$/,
  error:
    "must be the URL of the issuer of the tokens, such as https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEf",
});

const jwt = z.strictObject({
  ...common,
  authorizerType: z.literal("JWT"),
  /** Where the token is; exactly one source. */
  identitySource: z
    .array(
      z
        .string()
        .regex(
          /^\$request\.(header|querystring)\.[^\s,]+$/,
          "must be a header or a query parameter, such as $request.header.Authorization",
        ),
    )
    .length(1, "must be the single source of the token, such as $request.header.Authorization")
    .default(["$request.header.Authorization"]),
  jwtConfiguration: z.strictObject({ issuer, audience: z.array(z.string().min(1)).default([]) }),
});

const request = z
  .strictObject({
    ...lambda,
    /** Sources of the values that identify a caller. All must be present; together they are the cache key. */
    identitySource: z
      .array(
        z
          .string()
          .regex(
            HTTP_SOURCE,
            "must be $request.header.{name}, $request.querystring.{name}, $context.{name} or $stageVariables.{name}",
          ),
      )
      .default([]),
    authorizerPayloadFormatVersion: z.enum(["1.0", "2.0"]).default("2.0"),
    /** The function returns { isAuthorized, context } instead of a policy. */
    enableSimpleResponses: z.boolean().default(false),
    /** Seconds for which results are cached. */
    authorizerResultTtlInSeconds: z.int().min(0).max(3600).default(0),
  })
  .superRefine((given, context) => {
    if (given.enableSimpleResponses && given.authorizerPayloadFormatVersion === "1.0")
      raise(context, facts.ONLY_WITH({ condition: "with authorizerPayloadFormatVersion 2.0" }), [
        "enableSimpleResponses",
      ]);
    if (given.authorizerResultTtlInSeconds > 0 && given.identitySource.length === 0)
      raise(context, facts.IDENTITY_SOURCE_REQUIRED(), ["identitySource"]);
  });

/** Decides who may call a route of an HTTP API (AWS: Authorizer of apigatewayv2). */
export const httpApiAuthorizer = z.discriminatedUnion("authorizerType", [jwt, request], {
  error: "must be JWT or REQUEST",
});

/** Decides who may connect to a WebSocket API. */
export const webSocketAuthorizer = z.strictObject({
  ...lambda,
  identitySource: z
    .array(
      z
        .string()
        .regex(
          WEBSOCKET_SOURCE,
          "must be route.request.header.{name}, route.request.querystring.{name}, context.{name} or stageVariables.{name}",
        ),
    )
    .default([]),
});

export type HttpApiAuthorizer = z.output<typeof httpApiAuthorizer>;
export type WebSocketAuthorizer = z.output<typeof webSocketAuthorizer>;
