import { isIP } from "node:net";
import { z } from "zod";
import { facts } from "../facts.ts";
import { type Fact, raise } from "../problem.ts";
import { TIMEOUT_MAX_MS, TIMEOUT_MIN_MS } from "../rest-api/integration.ts";
import {
  isServiceSubtype,
  lacksParameters,
  SERVICE_SUBTYPES,
  serviceActionOf,
  unknownParameter,
} from "./service-action.ts";

/** Longest timeout of an HTTP API's integration, which is also the default (API Gateway quotas). */
const HTTP_TIMEOUT_MAX_MS = 30_000;

const integrationMethod = z.enum(["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);
const uri = z.string().min(1).max(2048);
const connection = {
  connectionType: z.enum(["INTERNET", "VPC_LINK"]).default("INTERNET"),
  /** Id of a VpcLink; required by VPC_LINK. */
  connectionId: z.string().min(1).optional(),
  /** The name that must be in the certificate of a private endpoint. TLS can ask for no address by it. */
  tlsConfig: z
    .strictObject({
      serverNameToVerify: z
        .string()
        .min(1)
        .refine((name) => isIP(name.replace(/^\[|\]$/g, "")) === 0, "must be a name, not an IP address")
        .optional(),
    })
    .optional(),
};

/** Changes to a request's parameters before the integration gets them. */
const REQUEST_PARAMETER =
  /^((append|overwrite):(header|querystring)\.[^\s]+|remove:(header|querystring)\.[^\s]+|overwrite:path)$/;
const RESPONSE_PARAMETER = /^((append|overwrite|remove):header\.[^\s]+|overwrite:statuscode)$/;

/** Headers that mappings must not change (AWS: transform API requests and responses for HTTP APIs, reserved headers). */
const RESERVED =
  /^(access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length|content-location|forwarded|keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers|transfer-encoding|upgrade|x-amz-.*|x-amzn-.*|x-forwarded-(for|host|proto)|via)$/i;

/** What is wrong with the name of a mapped parameter. */
const nameProblem =
  (pattern: RegExp, help: string) =>
  (name: string): Fact | undefined => {
    const header = /:header\.(.+)$/.exec(name)?.[1];
    if (!pattern.test(name)) return facts.PARAMETER_NAME_INVALID({ help });
    return header !== undefined && RESERVED.test(header) ? facts.HEADER_RESERVED({ header }) : undefined;
  };

const requestParameterProblem = nameProblem(
  REQUEST_PARAMETER,
  "must be {append|overwrite|remove}:header.{name}, {append|overwrite|remove}:querystring.{name} or overwrite:path",
);
const responseParameterProblem = nameProblem(
  RESPONSE_PARAMETER,
  "must be {append|overwrite|remove}:header.{name} or overwrite:statuscode",
);

const mapped = (problemOf: (name: string) => Fact | undefined) =>
  z.string().superRefine((name, context) => {
    const problem = problemOf(name);
    if (problem) raise(context, problem);
  });

const requestParameters = z.record(mapped(requestParameterProblem), z.string()).default({});

const responseParameters = z
  .record(
    z.string().regex(/^[2-5]\d\d$/, "must be a status code from 200 to 599, such as '200'"),
    z.record(mapped(responseParameterProblem), z.string()),
  )
  .default({});

const timeoutInMillis = z.int().min(TIMEOUT_MIN_MS).max(HTTP_TIMEOUT_MAX_MS).default(HTTP_TIMEOUT_MAX_MS);

const common = {
  /** It was created with the API's target (AWS: quick create). */
  apiGatewayManaged: z.literal(true).optional(),
  description: z.string().max(1024).optional(),
};

const httpProxy = z.strictObject({
  integrationType: z.literal("HTTP_PROXY"),
  ...common,
  /** http(s) URL with path variables such as {petId}, or the listener's ARN behind a VPC link. */
  integrationUri: uri.regex(
    /^(https?:\/\/|\$\{stageVariables\.|arn:)/i,
    "must begin with http://, https:// or a stage variable, such as http://example.com/{id}",
  ),
  /** Absent or ANY: the client's method. */
  integrationMethod: integrationMethod.default("ANY"),
  ...connection,
  /** HTTP integrations have only version 1.0. */
  payloadFormatVersion: z.literal("1.0").default("1.0"),
  requestParameters,
  responseParameters,
  timeoutInMillis,
});

const FUNCTION_URI =
  /^(arn:aws[a-z-]*:(apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/.+\/invocations|lambda:[a-z0-9-]+:[^:]+:function:.+)|arn:.*\$\{stageVariables\..*|\$\{stageVariables\..*)$/s;

/** A function, or an action of a service. */
const awsProxy = z.strictObject({
  integrationType: z.literal("AWS_PROXY"),
  ...common,
  /** Absent with integrationSubtype. */
  integrationUri: uri
    .regex(
      FUNCTION_URI,
      "must be the ARN of a function, such as arn:aws:lambda:us-east-1:123456789012:function:pets, or of its invocation",
    )
    .optional(),
  /** The action that is called instead of a function, such as SQS-SendMessage. */
  integrationSubtype: z.string().min(1).optional(),
  integrationMethod: z
    .literal("POST", { error: "must be POST: Lambda functions are invoked with POST" })
    .default("POST"),
  /** ARN of the role that calls the function or the service. */
  credentialsArn: z.string().min(1).optional(),
  payloadFormatVersion: z.enum(["1.0", "2.0"]).default("1.0"),
  /** Changes to the request, or the parameters of the action by their names. */
  requestParameters: z.record(z.string().min(1), z.string()).default({}),
  responseParameters,
  timeoutInMillis,
});

/** The integration of a route of an HTTP API (AWS: Integration of apigatewayv2). */
export const httpApiIntegration = z
  .discriminatedUnion("integrationType", [httpProxy, awsProxy], {
    error: "must be HTTP_PROXY or AWS_PROXY",
  })
  .superRefine((given, context) => {
    if (given.integrationType === "HTTP_PROXY") checkConnection(given, context);
    else if (given.integrationSubtype === undefined) checkFunction(given, context);
    else checkService(given, given.integrationSubtype, context);
  });

function checkConnection(given: z.output<typeof httpProxy>, context: z.RefinementCtx): void {
  const isPrivate = given.connectionType === "VPC_LINK";
  if (!isPrivate && given.integrationUri.startsWith("arn:"))
    raise(context, facts.URL_REQUIRED(), ["integrationUri"]);
  if (isPrivate !== (given.connectionId !== undefined)) {
    const { REQUIRED_WITH, ONLY_WITH } = facts;
    raise(context, (isPrivate ? REQUIRED_WITH : ONLY_WITH)({ condition: "if connectionType is VPC_LINK" }), [
      "connectionId",
    ]);
  }
}

function checkFunction(given: z.output<typeof awsProxy>, context: z.RefinementCtx): void {
  if (given.integrationUri === undefined)
    raise(context, facts.REQUIRED_WITH({ condition: "unless integrationSubtype names a service" }), [
      "integrationUri",
    ]);
  for (const name of Object.keys(given.requestParameters)) {
    const problem = requestParameterProblem(name);
    if (problem) raise(context, problem, ["requestParameters", name]);
  }
}

function checkService(
  {
    integrationUri,
    credentialsArn,
    payloadFormatVersion,
    requestParameters: given,
  }: z.output<typeof awsProxy>,
  subtype: string,
  context: z.RefinementCtx,
): void {
  if (!isServiceSubtype(subtype))
    return raise(context, facts.SERVICE_UNKNOWN({ subtype, known: SERVICE_SUBTYPES.join(", ") }), [
      "integrationSubtype",
    ]);
  if (integrationUri !== undefined)
    raise(context, facts.ONLY_WITH({ condition: "without integrationSubtype" }), ["integrationUri"]);
  if (payloadFormatVersion !== "1.0")
    raise(context, facts.ONLY_WITH({ condition: "as 1.0 with integrationSubtype" }), [
      "payloadFormatVersion",
    ]);
  if (credentialsArn === undefined)
    raise(context, facts.REQUIRED_WITH({ condition: "with integrationSubtype" }), ["credentialsArn"]);
  const { required } = serviceActionOf(subtype);
  if (lacksParameters(subtype, given))
    raise(context, facts.SERVICE_PARAMETERS_REQUIRED({ subtype, required: required.join(", ") }), [
      "requestParameters",
    ]);
  const unknown = unknownParameter(subtype, given);
  if (unknown !== undefined)
    raise(context, facts.SERVICE_PARAMETER_UNKNOWN({ subtype }), ["requestParameters", unknown]);
}

const templates = z.record(z.string().min(1), z.string().max(300 * 1024)).default({});
const contentHandlingStrategy = z.enum(["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]).optional();

const integrationResponse = z.strictObject({
  integrationResponseKey: z
    .string()
    .regex(/^(\$default|\/.*\/)$/s, "must be $default or a pattern between slashes, such as /5\\d\\d/"),
  contentHandlingStrategy,
  responseParameters: z.record(z.string(), z.string()).default({}),
  responseTemplates: templates,
  templateSelectionExpression: z.string().optional(),
});

/** The integration of a route of a WebSocket API. */
export const webSocketIntegration = z.strictObject({
  integrationType: z.enum(["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"]),
  description: z.string().max(1024).optional(),
  integrationUri: uri.optional(),
  integrationMethod: integrationMethod.optional(),
  credentialsArn: z.string().min(1).optional(),
  ...connection,
  contentHandlingStrategy,
  passthroughBehavior: z.enum(["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"]).default("WHEN_NO_MATCH"),
  payloadFormatVersion: z.literal("1.0").default("1.0"),
  requestParameters: z.record(z.string(), z.string()).default({}),
  requestTemplates: templates,
  templateSelectionExpression: z.string().optional(),
  timeoutInMillis: z.int().min(TIMEOUT_MIN_MS).max(TIMEOUT_MAX_MS).default(TIMEOUT_MAX_MS),
  integrationResponses: z.record(z.string().min(1), integrationResponse).default({}),
});

export type HttpApiIntegration = z.output<typeof httpApiIntegration>;
export type WebSocketIntegration = z.output<typeof webSocketIntegration>;
