import type { Problem } from "@tollgate/config";

/** How AWS says what the checks of config say in our words: where, what, and its text. */
const WORDS: readonly (readonly [path: RegExp, message: RegExp, text: string])[] = [
  [
    /\.authorizerId$/,
    /^there is no Authorizer/,
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
  ],
  [/Models\./, /^there is no Model '(.*?)'/, "Invalid model identifier specified: $1"],
  [
    /\.requestValidatorId$/,
    /^there is no RequestValidator/,
    "Invalid Request Validator identifier specified",
  ],
  [/\.integration\.uri$/, /^must begin with http/, "Invalid HTTP endpoint specified for URI"],
  [
    /\.integration\.uri$/,
    /^must be arn:.*functions/,
    "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
  ],
  [
    /\.integration\..*Parameters\./,
    /^'(.*?)' must be /,
    "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: $1]",
  ],
];

/** Texts that are AWS's own stand by themselves. */
const AWS_OWN =
  /^(Invalid (ARN|authorizer|HTTP|model|Request)|Unable to|API Key|AWS ARN|No integration|The REST API|Deployment id)/;

/** inAwsWords says a problem as AWS does where its wording is known; else it names the place. */
export function inAwsWords({ path = "", message }: Partial<Problem>): string {
  const said = message ?? "";
  if (AWS_OWN.test(said)) return said;
  const row = WORDS.find(([where, what]) => where.test(path) && what.test(said));
  return row ? (said.match(row[1])?.[0] ?? "").replace(row[1], row[2]) : `${path}: ${said}`;
}
