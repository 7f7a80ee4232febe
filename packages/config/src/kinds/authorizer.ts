import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { newChildId, shortIdRule } from "../identifier.ts";
import { raise } from "../problem.ts";
import { sourcesOf, TTL_MAX_S, ttlSecondsOf } from "../rest-api/authorizer-caching.ts";
import { RestApi } from "./rest-api.ts";

const DEFAULT_SOURCE = "method.request.header.Authorization";

const SOURCE = /^(method\.request\.(header|querystring)\.[^\s,]+|stageVariables\.\w+|context\.[\w.]+)$/;
const HEADER_SOURCE = /^method\.request\.header\.[^\s,]+$/;

const common = {
  name: z.string().min(1).max(128),
  /** A note of its author, such as oauth2; it has no effect. */
  authType: z.string().max(64).optional(),
  /** How long results are cached; absent: 300. */
  authorizerResultTtlInSeconds: z.int().min(0).max(TTL_MAX_S).optional(),
};

const headerSource = z
  .string()
  .regex(HEADER_SOURCE, "must be one header, such as method.request.header.Authorization")
  .default(DEFAULT_SOURCE);

const lambda = {
  ...common,
  authorizerUri: z.string().regex(
    // AWS takes blanks before the version, as URIs have that are written over several lines.
    /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/\s*2015-03-31\/functions\/.+\/invocations$/,
    "must be arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function ARN}/invocations",
  ),
  /** ARN of the role that calls the function. */
  authorizerCredentials: z.string().min(1).optional(),
};

const spec = z
  .discriminatedUnion(
    "type",
    [
      z.strictObject({
        type: z.literal("TOKEN"),
        ...lambda,
        identitySource: headerSource,
        /** Java pattern that the whole token must match before the function is invoked. */
        identityValidationExpression: z.string().min(1).optional(),
      }),
      z.strictObject({
        type: z.literal("REQUEST"),
        ...lambda,
        /** Comma-separated headers, query parameters, stage variables and context variables; their values are the cache key. */
        identitySource: z
          .string()
          .refine(
            (text) => sourcesOf(text).every((source) => SOURCE.test(source)),
            "must be a comma-separated list of method.request.header.{name}, method.request.querystring.{name}, stageVariables.{name} and context.{name}",
          )
          .default(""),
      }),
      z.strictObject({
        type: z.literal("COGNITO_USER_POOLS"),
        ...common,
        providerARNs: z
          .array(
            z
              .string()
              .regex(
                /^arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:\d{12}:userpool\/[\w-]+$/,
                "must be the ARN of a user pool, such as arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEf",
              ),
          )
          .min(1)
          .max(1000),
        identitySource: headerSource,
        /** Java pattern that the token's audience must match. */
        identityValidationExpression: z.string().min(1).optional(),
      }),
    ],
    { error: "must be one of TOKEN, REQUEST, COGNITO_USER_POOLS" },
  )
  .superRefine((authorizer, context) => {
    if (
      authorizer.type === "REQUEST" &&
      ttlSecondsOf(authorizer) > 0 &&
      sourcesOf(authorizer.identitySource).length === 0
    )
      raise(context, facts.IDENTITY_SOURCE_REQUIRED(), ["identitySource"]);
  });

export const Authorizer = defineKind({
  name: "Authorizer",
  about: "Decides who may call a method (AWS: Authorizer).",
  spec,
  collection: "authorizers",
  parent: RestApi,
  id: shortIdRule(newChildId),
  quota: "authorizers",
  frozenIn: "definitions",
});
