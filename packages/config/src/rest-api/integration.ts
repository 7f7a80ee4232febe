import { z } from "zod";
import { facts } from "../facts.ts";
import { LOAD_BALANCER_ARN } from "../load-balancer.ts";
import { type Fact, raise } from "../problem.ts";

/** AWS's limits of an integration timeout where the account's quota allows no more (API Gateway quotas). */
export const TIMEOUT_MIN_MS = 50;
export const TIMEOUT_MAX_MS = 29_000;
/** Longest timeout that a quota can allow, and that of a streamed response (AWS: response streaming). */
export const QUOTA_TIMEOUT_MAX_MS = 900_000;

const status = z.string().regex(/^[2-5]\d\d$/, "must be a status code from 200 to 599, such as '200'");
const mediaTypeTemplates = z.record(z.string().min(1), z.string().max(300 * 1024));
const contentHandling = z.enum(["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]).optional();

/** As on AWS, a map that was given empty is kept, and shown. */
export const integrationResponse = z.strictObject({
  selectionPattern: z.string().optional(),
  responseParameters: z
    .record(
      z
        .string()
        .regex(
          /^method\.response\.(header|multivalueheader)\..+$/,
          "must be named method.response.header.{name}",
        ),
      z.string().min(1),
    )
    .optional(),
  responseTemplates: mediaTypeTemplates.optional(),
  contentHandling,
});

const common = {
  requestParameters: z
    .record(
      z
        .string()
        .regex(
          /^integration\.request\.(header|querystring|path|multivalueheader|multivaluequerystring)\..+$/,
          "must be named integration.request.{header|querystring|path|multivalueheader|multivaluequerystring}.{name}",
        ),
      z.string().min(1),
    )
    .default({}),
  requestTemplates: mediaTypeTemplates.default({}),
  passthroughBehavior: z.enum(["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"]).default("WHEN_NO_MATCH"),
  contentHandling,
  /** Above 29 s if the response is streamed, or the account's quota allows it. */
  timeoutInMillis: z.int().min(TIMEOUT_MIN_MS).max(QUOTA_TIMEOUT_MAX_MS).default(TIMEOUT_MAX_MS),
  cacheNamespace: z.string().optional(),
  cacheKeyParameters: z.array(z.string()).default([]),
  credentials: z.string().optional(),
  /** The default of every type; only HTTP and HTTP_PROXY have another one. */
  connectionType: z.literal("INTERNET").optional(),
  integrationResponses: z.record(status, integrationResponse).default({}),
};

const httpMethod = z.enum(["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);
const httpUri = z
  .string()
  .max(2048)
  .superRefine((uri, context) => {
    if (!/^(https?:\/\/|\$\{stageVariables\.)/i.test(uri)) raise(context, facts.HTTP_URI_INVALID());
  });

const http = {
  ...common,
  /** Absent or ANY: the client's method. */
  httpMethod: httpMethod.default("ANY"),
  uri: httpUri,
  connectionType: z.enum(["INTERNET", "VPC_LINK"]).default("INTERNET"),
  /** Id of a VpcLink, or a stage variable that contains one; required by VPC_LINK. */
  connectionId: z.string().min(1).optional(),
  /** ARN of the load balancer that is called through a VPC link into subnets (AWS: VPC links V2). */
  integrationTarget: z
    .string()
    .superRefine((arn, context) => {
      if (!LOAD_BALANCER_ARN.test(arn)) raise(context, facts.LOAD_BALANCER_ARN_INVALID());
    })
    .optional(),
  tlsConfig: z
    .strictObject({
      /** Accepts certificates of any authority, also expired ones; the host name is not checked either. */
      insecureSkipVerification: z.boolean().default(false),
    })
    .optional(),
};

/** How responses are returned: STREAM sends them as they arrive, and allows a longer timeout. */
const transfer = { responseTransferMode: z.enum(["BUFFERED", "STREAM"]).optional() };

const FUNCTION_URI =
  /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/(2015-03-31\/functions\/.+\/invocations|2021-11-15\/functions\/.+\/response-streaming-invocations)$/;

const STAGE_VARIABLE = /\$\{stageVariables\.[A-Za-z0-9_]+\}/;
const AWS_URI = /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:([a-z0-9-]+\.)*[a-z0-9-]+:(path|action)\/.*$/s;

/** The problem of an invalid URI of an AWS integration, if any. */
function awsUriProblem(uri: string): Fact | undefined {
  if (AWS_URI.test(uri) || (uri.startsWith("arn:") && STAGE_VARIABLE.test(uri))) return undefined;
  return /^arn:aws[a-z-]*:([^:]*:){3}/.test(uri) ? facts.AWS_URI_INCOMPLETE() : facts.AWS_URI_INVALID();
}

/** The problem of an invalid URI of an AWS_PROXY integration, if any: what is wrong with it as an ARN is reported first. */
const functionUriProblem = (uri: string): Fact | undefined =>
  awsUriProblem(uri) ?? (FUNCTION_URI.test(uri) ? undefined : facts.FUNCTION_URI_INVALID());

/** The integration of a method. */
export const integration = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("MOCK"), httpMethod: httpMethod.optional(), ...common }),
    z.strictObject({ type: z.literal("HTTP"), ...http }),
    z.strictObject({ type: z.literal("HTTP_PROXY"), ...http, ...transfer }),
    z.strictObject({
      type: z.literal("AWS"),
      ...common,
      httpMethod: httpMethod.default("POST"),
      uri: z.string().superRefine((uri, context) => {
        const fact = awsUriProblem(uri);
        if (fact) raise(context, fact);
      }),
    }),
    z
      .strictObject({
        type: z.literal("AWS_PROXY"),
        ...common,
        ...transfer,
        /** Lambda is invoked by POST: calls fail with another method, as on AWS. */
        httpMethod: httpMethod.default("POST"),
        uri: z.string().superRefine((uri, context) => {
          const fact = functionUriProblem(uri);
          if (fact) raise(context, fact);
        }),
      })
      .superRefine((given, context) => {
        const streams = given.uri.endsWith("/response-streaming-invocations");
        if (streams !== (given.responseTransferMode === "STREAM"))
          raise(context, streams ? facts.STREAM_REQUIRED() : facts.STREAM_URI_REQUIRED(), [
            "responseTransferMode",
          ]);
      }),
  ],
  { error: "must be one of MOCK, HTTP, HTTP_PROXY, AWS, AWS_PROXY" },
);

export type Integration = z.output<typeof integration>;
export type IntegrationResponse = z.output<typeof integrationResponse>;
