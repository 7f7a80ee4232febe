import type { Problem } from "@tollgate/config";

/** AWS's sentence for a problem. undefined: AWS has none. */
type Wording = (problem: Problem) => string | undefined;

/** Worded is what AWS says about a problem, and what it does not say: where the problem is, and what would be right. */
export interface Worded {
  readonly message: string;
  readonly hint?: string;
}

/** The problem's message is already AWS's sentence. */
const asItIs: Wording = ({ message }) => message;

/** AWS's sentences for references to missing entities, by their kind. */
const MISSING: Readonly<Record<string, (id: string) => string>> = {
  Authorizer: () =>
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
  Deployment: () => "Deployment id does not exist",
  Model: (id) => `Invalid model identifier specified: ${id}`,
  RequestValidator: () => "Invalid Request Validator identifier specified",
};

const invalidExpression = (expression: unknown) =>
  `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: ${String(expression)}]`;

/** AWS's sentences by the codes of problems. */
const BY_CODE: Readonly<Record<string, Wording>> = {
  ACCESS_LOG_DESTINATION: () => "Invalid ARN specified in the request",
  ACCESS_LOG_LINES: ({ params }) =>
    `Access Log format must be single line, new line character is allowed only at end of the format: '${String(params.format)}'`,
  ACCESS_LOG_UNIDENTIFIED: ({ params }) =>
    `Access Log format must include either $context.requestId or $context.extendedRequestId : '${String(params.format)}'`,
  ACCESS_MODE_REQUIRED: () => "Endpoint access mode is required for the specified security policy",
  API_KEY_TAKEN: () => "API Key already exists",
  API_KEY_TOO_LONG: asItIs,
  API_KEY_TOO_SHORT: asItIs,
  AUTHORIZER_REQUIRED: asItIs,
  AWS_URI_INCOMPLETE: () => "AWS ARN for integration must contain path or action",
  AWS_URI_INVALID: () => "Invalid ARN specified in the request",
  CERTIFICATE_MISSING: () => "The provided certificate does not exist.",
  CERTIFICATE_OF_OTHER_NAMES: () =>
    "The domain name to be created is not covered by the provided certificate.",
  EXPRESSION_INVALID: ({ params }) => invalidExpression(params.expression),
  FUNCTION_URI_INVALID: () =>
    "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
  HTTP_URI_INVALID: () => "Invalid HTTP endpoint specified for URI",
  INTEGRATION_UNDEFINED: asItIs,
  LOGGING_ROLE_MISSING: () => "CloudWatch Logs role ARN must be set in account settings to enable logging",
  MODEL_INVALID: asItIs,
  MODEL_MISSING: asItIs,
  NOTHING_TO_CALL: asItIs,
  OWNERSHIP_LAPSED: asItIs,
  // hashicorp/terraform-provider-aws #35741 quotes AWS.
  OWNERSHIP_MISSING: () => "Missing ownershipVerificationCertificate.",
  OWNERSHIP_NOT_PUBLIC: asItIs,
  PARAMETERS_UNDECLARED: ({ params }) =>
    `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${String(
      params.parameters,
    )
      .split(", ")
      .map((parameter) => `Invalid mapping expression parameter specified: ${parameter}`)
      .join(", ")}]`,
  PATH_GREEDY_NOT_LAST: ({ params }) =>
    `Cannot create a child of a resource with a greedy path variable: ${String(params.segment)}`,
  PATH_SEGMENT_INVALID: () =>
    "Resource's path part only allow a-zA-Z0-9._-:, or a valid greedy path variable and curly braces at the beginning and the end.",
  POLICY_REQUIRED: () => "Private REST API doesn't have a resource policy attached to it",
  REFERENCE_MISSING: ({ params }) => MISSING[String(params.kind)]?.(String(params.id)),
  TRUSTSTORE_URI_INVALID: () => "Invalid S3 URL",
};

/** AWS's sentences for members of which a schema refuses a value, by their place. */
const BY_PLACE: readonly (readonly [place: RegExp, wording: Wording])[] = [
  [/^ApiKey\/[^.]+\.name$/, () => "Invalid API Key name, can be at most 1024 characters."],
  [/^ApiKey\/[^.]+\.description$/, () => "Invalid API Key description specified."],
  [
    /^RestApi\/[^.]+\.minimumCompressionSize$/,
    () => "Invalid minimum compression size, must be between 0 and 10485760",
  ],
  [
    /^Resource\/[^.]+\.methods\.[A-Z]+\.integration\.timeoutInMillis$/,
    ({ code, message }) =>
      code === "TIMEOUT_TOO_LONG" ? message : "Timeout should be between 50 ms and 29000 ms",
  ],
  [
    /^Stage\/[^.]+\.variables\./,
    ({ code, member = [] }) =>
      code === "KEY_INVALID"
        ? undefined
        : `Invalid stage variable value of key ${String(member.at(-1))}.  Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.`,
  ],
  [
    /^RestApi\/[^.]+\.policy\b/,
    () => "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
  ],
  [
    /^Model\/[^/]+\.id$/,
    ({ path }) => `Model name must be alphanumeric: ${path.slice("Model/".length, -".id".length)}`,
  ],
  // A tag or a variable may be called so, too.
  [
    /^Stage\/.*\.id$/,
    ({ member = [] }) => (member.length === 0 ? "Stage name only allows a-zA-Z0-9_" : undefined),
  ],
  // Quoted in boto/boto3 #435.
  [
    /^Model\/[^.]+\.schema$/,
    () =>
      "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]",
  ],
  [
    /^Resource\/[^.]+\.methods\.[A-Z]+\.(integration\.)?requestParameters\./,
    ({ code, member = [] }) => (code === "KEY_INVALID" ? invalidExpression(member.at(-1)) : undefined),
  ],
];

/** sentenceOf is AWS's sentence for a problem; undefined: it is unknown. */
export const sentenceOf = (problem: Problem): string | undefined =>
  BY_CODE[problem.code]?.(problem) ?? BY_PLACE.find(([place]) => place.test(problem.path))?.[1](problem);

/** inAwsWords returns AWS's sentence for a problem with a hint, or the path and the message of the problem if AWS's sentence is unknown. */
export function inAwsWords(problem: Problem): Worded {
  const own = `${problem.path}: ${problem.message}`;
  const sentence = sentenceOf(problem);
  if (sentence === undefined) return { message: own };
  return sentence === problem.message ? { message: sentence } : { message: sentence, hint: own };
}
