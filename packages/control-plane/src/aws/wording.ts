import type { Problem } from "@tollgate/config";

/** AWS's sentence for a problem. undefined: AWS has none. */
type Wording = (problem: Problem) => string | undefined;

/** The problem's message is already AWS's sentence. */
const asItIs: Wording = ({ message }) => message;

/** AWS's sentences for references to missing entities, by their kind. */
const MISSING: Readonly<Record<string, (id: string) => string>> = {
  Authorizer: () =>
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
  Model: (id) => `Invalid model identifier specified: ${id}`,
  RequestValidator: () => "Invalid Request Validator identifier specified",
};

/** AWS's sentences by the codes of problems. */
const WORDINGS: Readonly<Record<string, Wording>> = {
  API_KEY_TAKEN: asItIs,
  API_KEY_TOO_LONG: asItIs,
  API_KEY_TOO_SHORT: asItIs,
  AUTHORIZER_REQUIRED: asItIs,
  AWS_URI_INCOMPLETE: asItIs,
  AWS_URI_INVALID: asItIs,
  EXPRESSION_INVALID: ({ params }) =>
    `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: ${params.expression}]`,
  FUNCTION_URI_INVALID: () =>
    "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
  HTTP_URI_INVALID: () => "Invalid HTTP endpoint specified for URI",
  INTEGRATION_UNDEFINED: asItIs,
  MODEL_INVALID: asItIs,
  MODEL_MISSING: asItIs,
  NOTHING_TO_CALL: asItIs,
  REFERENCE_MISSING: ({ params }) => MISSING[String(params.kind)]?.(String(params.id)),
};

/** inAwsWords returns AWS's sentence for a problem, or the path and the message of the problem if AWS's sentence is unknown. */
export const inAwsWords = (problem: Problem): string =>
  WORDINGS[problem.code]?.(problem) ?? `${problem.path}: ${problem.message}`;
